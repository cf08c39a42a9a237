"""How a view does what a form asks: once, in one transaction, and says in words what came of it."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, request

from civic.kernel import submit_once
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import _
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor


class _PressedTwice(Exception):
    """Another request with the same key has committed first: what this one did is undone."""


def do_once(form: SubmitForm, do: Callable[[], str]) -> str:
    """Do `do` in a transaction and return the address it leads to; a form sent again leads to the same address."""
    key, person_id = form.submit_key.data, current_actor().person_id
    route = request.endpoint or ""
    known = submit_once.find_result(key, route, person_id)
    if known is not None:
        return known
    try:
        with transaction():
            result = do()
            if not submit_once.claim(key, route, person_id, result):
                raise _PressedTwice
            return result
    except (_PressedTwice, DomainError):
        known = submit_once.find_result(key, route, person_id)
        if known is None:
            raise
        return known


def do_and_say(do: Callable[[], object], done: str) -> bool:
    """Do it in a transaction and say so; return whether it was done, a refusal being told in words."""
    try:
        with transaction():
            do()
    except NotFound:
        raise
    except DomainError as error:
        flash(_(error.message, **error.values), "danger")
        return False
    flash(_(done), "success")
    return True
