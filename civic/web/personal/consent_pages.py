"""What the page of consents shows: what was agreed to and authorised, and who answers for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.web.personal.area import Area


@dataclass(frozen=True, slots=True)
class ConsentItem:
    name: str
    text: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonConsents:
    """The consents that stand or stood for one person, and where they are taken back."""

    name: str
    is_me: bool
    consents: tuple[ConsentItem, ...]
    withdraw_url: str | None


@dataclass(frozen=True, slots=True)
class AuthorisationItem:
    """An authorisation given or refused; `withdraw_url` where it can still be taken back."""

    title: str
    name: str
    text: str
    answered_at: datetime
    is_granted: bool
    withdrawn_at: datetime | None
    confirmed_at: datetime | None
    denied_at: datetime | None
    signup_url: str
    withdraw_url: str | None


@dataclass(frozen=True, slots=True)
class GuardianItem:
    """Somebody who answers for the person, and where that ends."""

    name: str
    since: datetime
    end_url: str


@dataclass(frozen=True, slots=True)
class ConsentsPage:
    area: Area
    people: tuple[PersonConsents, ...]
    authorisations: tuple[AuthorisationItem, ...]
    guardians: tuple[GuardianItem, ...]


def consents_page(
    actor: Actor, area: Area, consents: Sequence[Any], authorisations: Sequence[Any], guardians: Sequence[Any]
) -> ConsentsPage:
    """Return the consents by person (oneself first), the authorisations, and who answers for the person."""
    by_person: dict[int, list[Any]] = {actor.person_id: []}
    for row in consents:
        by_person.setdefault(row.person_id, []).append(row)
    people = (_person_consents(actor, rows) for rows in by_person.values() if rows)
    return ConsentsPage(area, tuple(people), tuple(map(_authorisation_item, authorisations)), _guardian_items(guardians))


def _person_consents(actor: Actor, rows: Sequence[Any]) -> PersonConsents:
    first = rows[0]
    name = f"{first.given_name} {first.family_name}".strip()
    is_me = first.person_id == actor.person_id
    stands = any(row.withdrawn_at is None and (is_me or row.given_by_id == actor.person_id) for row in rows)
    return PersonConsents(
        name=name,
        is_me=is_me,
        consents=tuple(ConsentItem(name, row.text, row.given_at, row.withdrawn_at) for row in rows),
        withdraw_url=url_for("personal.withdraw_consents", public_id=first.public_id) if stands else None,
    )


def _guardian_items(guardians: Sequence[Any]) -> tuple[GuardianItem, ...]:
    return tuple(
        GuardianItem(
            name=f"{row.given_name} {row.family_name}".strip() or row.email,
            since=row.created_at,
            end_url=url_for("personal.end_guardian", public_id=row.public_id),
        )
        for row in guardians
    )


def _authorisation_item(row: Any) -> AuthorisationItem:
    is_granted = row.answer == "granted"
    is_over = row.ends_at is not None and row.ends_at <= clock.now()
    can_withdraw = is_granted and row.withdrawn_at is None and not is_over and row.answers and row.is_own
    return AuthorisationItem(
        title=row.title,
        # Whoever was asked by mistake and said no learns no more than the question told.
        name=f"{row.given_name} {row.family_name}".strip() if row.answers or is_granted else row.given_name,
        text=row.text,
        answered_at=row.answered_at,
        is_granted=is_granted,
        withdrawn_at=row.withdrawn_at,
        confirmed_at=row.confirmed_at,
        denied_at=row.denied_at,
        signup_url=url_for("mine.signup", public_id=row.public_id) if row.answers else "",
        withdraw_url=url_for("personal.withdraw_authorisation", public_id=row.public_id) if can_withdraw else None,
    )
