"""The town of the benchmark: the demo season, a hot workshop, and people who are signed in."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from bench.servers import ROOT, Machine
from civic.accounts.models import Account, Person, UserSession
from civic.accounts.services import people
from civic.accounts.services.people import PersonDetails
from civic.activities.models import Opening
from civic.activities.services import facilitating, publishing
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.kernel.actor import SYSTEM, OrganisationRole
from civic.kernel.db import session, transaction, writing
from civic.kernel.ids import hash_token, new_public_id, new_token
from civic.organisations.models import Organisation
from civic.organisations.services.verifying import add_member
from civic.safeguarding.rules import adults_needed
from civic.safeguarding.services import Seen, declare
from civic.safeguarding.types import Outcome


@dataclass(frozen=True)
class Hot:
    """A workshop everybody wants: its address and its opening."""

    slug: str
    opening: str


@dataclass(frozen=True)
class Somebody:
    """A person who is signed in: their number and the cookie of their browser."""

    person_id: int
    cookies: dict[str, str]


def build(machine: Machine) -> None:
    """Migrate the database of the site and load the demo season."""
    for arguments in (("db", "upgrade"), ("demo", "load")):
        subprocess.run(
            [sys.executable, "-m", "civic.cli", *arguments], cwd=ROOT, env=machine.environ(), check=True, capture_output=True
        )


def analyse() -> None:
    """Let the planner know the tables, as the autovacuum of a running site has done."""
    session().execute(sa.text("ANALYZE"))


def open_workshop(capacity: int) -> Hot:
    """Publish a workshop of one meeting with `capacity` places for everybody."""
    with transaction():
        organisation_id = session().scalar(sa.select(sa.func.min(Organisation.id)))
        start = clock.now() + timedelta(days=30)
        plan = Plan(
            ActivityFields(kind=ActivityKind.WORKSHOP, title="Tutti alla radio", summary="Un pomeriggio ai microfoni."),
            ((start, start + timedelta(hours=2)),),
            (OpeningFields(ActivityKind.WORKSHOP, capacity),),
        )
        activity = publishing.create_activity(SYSTEM, organisation_id, plan)
        for number in range(adults_needed(capacity)):
            facilitating.add_facilitator(SYSTEM, activity.public_id, _adult(organisation_id, number))
        publishing.publish_activity(SYSTEM, activity.public_id)
        opening = session().scalar(sa.select(Opening.public_id).where(Opening.activity_id == activity.id))
        return Hot(activity.slug, opening)


def _adult(organisation_id: int, number: int) -> str:
    """Write a member whose certificate was seen today; return the public id."""
    person = people.add_person(PersonDetails("Ugo", f"Riva {number}", date(1980, 1, 1), None))
    add_member(organisation_id, person.id, OrganisationRole.FACILITATOR)
    declare(SYSTEM, organisation_id, person.public_id, Seen(clock.today(), clock.today(), Outcome.CLEAR))
    return person.public_id


def sign_in_people(app, count: int) -> list[Somebody]:
    """Write `count` adults with a live session each, and return them with their cookies, a token of forms in it.

    Whoever has seen one page of the site signed in has such a token: the menu holds a form.
    """
    now, serializer = clock.now(), app.session_interface.get_signing_serializer(app)
    tokens = [new_token() for _ in range(count)]
    with transaction():
        people = writing().scalars(
            sa.insert(Person).returning(Person.id, sort_by_parameter_order=True),
            [
                {
                    "public_id": new_public_id(),
                    "given_name": "Ada",
                    "family_name": f"Neri {number}",
                    "birth_on": now.date().replace(year=1990, day=1),
                    "email": None,
                    "language": "it",
                    "created_at": now,
                }
                for number in range(count)
            ],
        ).all()
        marks = [new_public_id() for _ in people]
        accounts = writing().scalars(
            sa.insert(Account).returning(Account.id, sort_by_parameter_order=True),
            [
                {"person_id": person, "email": f"{mark}@bench.example", "confirmed_at": now, "created_at": now}
                for person, mark in zip(people, marks, strict=True)
            ],
        ).all()
        writing().execute(
            sa.insert(UserSession),
            [
                {
                    "token_hash": hash_token(token),
                    "account_id": account,
                    "agent": "",
                    "created_at": now,
                    "last_seen_at": now,
                    "expires_at": now + timedelta(days=1),
                }
                for token, account in zip(tokens, accounts, strict=True)
            ],
        )
    name = app.config["SESSION_COOKIE_NAME"]
    return [
        Somebody(person, {name: serializer.dumps({"_user_id": token, "_fresh": True, "csrf_token": new_token()})})
        for person, token in zip(people, tokens, strict=True)
    ]
