"""The forms in which one leaves an address, and what they tell a stranger about it: the answer, and the time it takes."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import Flask

from civic.accounts import passwords
from civic.accounts.models import Account
from civic.accounts.services import registering
from civic.accounts.services.people import PersonDetails
from civic.kernel.actor import SYSTEM
from civic.kernel.db import session, transaction
from tests import factories as make

KNOWN = "nota"
PASSWORD = "tre parole di fila"
_NAMED = {"given_name": "Ada", "family_name": "Neri", "consent": "y"}


@dataclass(frozen=True, slots=True)
class Form:
    """Where a form is, what is typed beside the address, and the status of its answer."""

    path: str
    status: int
    typed: dict = field(default_factory=dict)


def _sign_up() -> Form:
    """Return the second screen of a newcomer of age, where there are places for everybody."""
    with transaction():
        activity, opening, _ = make.published(capacity=900)
        carried = {"opening": opening.public_id, "who": "me", "birth_on": make.ADULT.isoformat(), "step": "details"}
        return Form(f"/attivita/{activity.slug}/iscrizione", 302, {**_NAMED, **carried})


FORMS: dict[str, Callable[[], Form]] = {
    "sign-in": lambda: Form("/accedi", 422, {"password": "non è questa"}),
    "password": lambda: Form("/password", 302),
    "registration": lambda: Form("/registrati", 302, {**_NAMED, "password": PASSWORD, "birth_on": ["3", "5", "1990"]}),
    "sign-up": _sign_up,
}


def known_beside_unknown(app: Flask, name: str, pairs: int) -> tuple[float, set]:
    """Send the form for addresses that have an account and for others; return the milliseconds between, and the answers."""
    with app.app_context():
        form = FORMS[name]()
        _open_accounts(name, pairs)
    client, texts = app.test_client(), set()
    spent: dict[str, list[float]] = {KNOWN: [], "altra": []}
    for number in range(pairs):
        # By turns the one first and the other: the worker is busy with what went before.
        for kind in sorted(spent, reverse=number % 2 == 0):
            email = f"{kind}-{name}-{number}@promesse.example"
            # Another network each time, or the limit of attempts would answer in place of the page.
            here = {"base_url": "http://127.0.0.1", "environ_base": {"REMOTE_ADDR": f"10.1.{number // 200}.{number % 200 + 1}"}}
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(form.path, **here).text)[1]
            begin = time.perf_counter()
            answer = client.post(form.path, data={**form.typed, "csrf_token": token, "email": email}, **here)
            spent[kind].append(time.perf_counter() - begin)
            assert answer.status_code == form.status, (answer.status_code, answer.text)
            texts.add((answer.headers.get("Location"), re.sub(r'value="[^"]*"', "", answer.text.replace(email, ""))))
    # Pair by pair, sent within a moment: what else the machine does meanwhile slows down both.
    between = statistics.median(known - unknown for known, unknown in zip(*spent.values(), strict=True))
    return round(abs(between) * 1000, 2), texts


def _open_accounts(name: str, how_many: int) -> None:
    kept = passwords.hash_password(PASSWORD)
    with transaction():
        for number in range(how_many):
            details = PersonDetails("Ada", "Neri", make.ADULT, f"{KNOWN}-{name}-{number}@promesse.example")
            registering.open_account(SYSTEM, details, None, "")
        session().execute(sa.update(Account).where(Account.email.like(f"{KNOWN}-{name}-%")).values(password_hash=kept))
