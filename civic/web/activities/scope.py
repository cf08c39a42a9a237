"""Lists of one organisation, action or initiative: what the address asks for, shown as a chip that takes it off again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from flask import request, url_for

from civic.initiatives import queries as initiatives
from civic.kernel.errors import NotFound
from civic.kernel.i18n import current_language
from civic.organisations import queries as organisations
from civic.programme.queries import get_action


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that narrows a list: `name` and `value` stand in the address, `remove_url` is the list without it."""

    name: str
    value: str
    label: str
    remove_url: str


def _organisation(slug: str) -> tuple[int, str]:
    row = organisations.get_public(slug)
    return row.id, row.name


def _action(slug: str) -> tuple[int, str]:
    action = get_action(slug)
    return action.id, action.name(current_language())


def _initiative(slug: str) -> tuple[int, str]:
    row = initiatives.get_public(slug)
    return row.id, row.title


_SCOPES: dict[str, tuple[str, Callable[[str], tuple[int, str]]]] = {
    "organizzazione": ("organisation_id", _organisation),
    "azione": ("action_id", _action),
    "iniziativa": ("initiative_id", _initiative),
}


def read_scope() -> tuple[dict[str, int], tuple[Chip, ...]]:
    """Return the ids that the address narrows a list to, and a chip for each; what nobody knows does not narrow it."""
    ids: dict[str, int] = {}
    chips: list[Chip] = []
    for name, (column, find) in _SCOPES.items():
        value = request.args.get(name)
        if not value:
            continue
        with suppress(NotFound):
            ids[column], label = find(value)
            chips.append(Chip(name, value, label, url_without(name)))
    return ids, tuple(chips)


def url_without(name: str) -> str:
    """Return the address of this list with one filter less, from its first page."""
    query = {key: value for key, value in request.args.items() if key not in (name, "pagina")}
    return url_for(request.endpoint, **query)
