"""Reads of people and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Guardianship, Person
from civic.accounts.rules import is_minor_on
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import NotFound


def list_wards(actor: Actor) -> Sequence[Person]:
    """Return the young people the actor answers for, by name; without a question where there are none."""
    if not actor.wards:
        return ()
    statement = sa.select(Person).where(Person.id.in_(actor.wards)).order_by(Person.given_name, Person.id)
    return session().scalars(statement).all()


def get_ward_for(actor: Actor, public_id: str) -> Any:
    """Return a young person the actor answers for, the relationship, and whether they have an account of their own."""
    statement = (
        sa.select(
            Person.id,
            Person.public_id,
            Person.given_name,
            Person.family_name,
            Person.birth_on,
            Guardianship.relationship,
            Account.id.is_not(None).label("has_account"),
        )
        .join(Guardianship, Guardianship.ward_id == Person.id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(
            Person.public_id == public_id,
            Person.id.in_(actor.wards),
            Guardianship.guardian_id == actor.person_id,
            Guardianship.ended_at.is_(None),
        )
    )
    row = session().execute(statement).first()
    if row is None:
        raise NotFound
    return row


def get_own(actor: Actor) -> Any:
    """Return the actor's own data and how they sign in."""
    statement = (
        sa.select(
            Person.public_id,
            Person.given_name,
            Person.family_name,
            Person.birth_on,
            Person.phone,
            Person.language,
            Person.created_at,
            Account.email,
            Account.confirmed_at,
            Account.totp_confirmed_at,
        )
        .join(Account, Account.person_id == Person.id)
        .where(Account.id == actor.account_id)
    )
    row = session().execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def list_consents_of(actor: Actor) -> list[Any]:
    """Return the consents for the actor and the young people they answer for, the latest first."""
    statement = (
        sa.select(
            Consent.id,
            Consent.person_id,
            Consent.given_by_id,
            Consent.text,
            Consent.given_at,
            Consent.withdrawn_at,
            Person.public_id,
            Person.given_name,
            Person.family_name,
        )
        .join(Person, Person.id == Consent.person_id)
        .where(Consent.person_id.in_([actor.person_id, *actor.wards]))
        .order_by(Consent.given_at.desc(), Consent.id.desc())
    )
    return list(session().execute(statement))


def get_guardian_of(actor: Actor, public_id: str) -> int:
    """Return the id of somebody who answers for the actor."""
    statement = (
        sa.select(Person.id)
        .join(Guardianship, Guardianship.guardian_id == Person.id)
        .where(Person.public_id == public_id, Guardianship.ward_id == actor.person_id, Guardianship.ended_at.is_(None))
    )
    found = session().scalar(statement)
    if found is None:
        raise NotFound
    return found


def list_guardians_of(actor: Actor) -> list[Any]:
    """Return who answers for the actor, for longest first; nobody where the actor is of age."""
    if not is_minor_on(actor.birth_on, clock.today()):
        return []
    statement = (
        sa.select(Person.public_id, Person.given_name, Person.family_name, Person.email, Guardianship.created_at)
        .join(Guardianship, Guardianship.guardian_id == Person.id)
        .where(Guardianship.ward_id == actor.person_id, Guardianship.ended_at.is_(None))
        .order_by(Guardianship.id)
    )
    return list(session().execute(statement))
