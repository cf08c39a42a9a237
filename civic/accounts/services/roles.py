"""Roles for the whole platform: who holds them, given by address and taken back by a platform administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.accounts.models import Account, Person, RoleGrant
from civic.accounts.rules import normalise_email
from civic.accounts.services.signing_in import grant_role
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor, Role
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.i18n import N_


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody's role for the whole platform."""

    person_public_id: str
    name: str
    email: str
    role: Role
    granted_at: datetime


def can_manage_roles(actor: Actor) -> bool:
    """Whether the actor gives and takes roles for the platform."""
    return actor.is_system or (actor.has_second_factor and actor.has_role(Role.PLATFORM_ADMINISTRATOR))


def list_grants(actor: Actor) -> tuple[Grant, ...]:
    """Return who holds a role now, by name."""
    _check(actor)
    statement = (
        sa.select(Person, Account.email, RoleGrant.role, RoleGrant.granted_at)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .join(Account, Account.person_id == Person.id)
        .where(RoleGrant.ended_at.is_(None))
        .order_by(Person.given_name, Person.id, RoleGrant.role)
    )
    return tuple(
        Grant(person.public_id, person.full_name, email, role, at) for person, email, role, at in session().execute(statement)
    )


def grant_role_to_address(actor: Actor, email: str, role: Role) -> None:
    """Give the role to the person who signs in with this address."""
    _check(actor)
    found = sa.select(Account.person_id).where(Account.email == normalise_email(email), Account.confirmed_at.is_not(None))
    person_id = session().scalar(found)
    if person_id is None:
        raise RuleBroken(N_("Nobody signs in with this address: the person registers first."), field="email")
    grant_role(actor, person_id, role)


def end_role(actor: Actor, person_public_id: str, role: Role) -> None:
    """Take the role back; the last platform administrator keeps it."""
    _check(actor)
    person_id = session().scalar(sa.select(Person.id).where(Person.public_id == person_public_id))
    end_role_of(actor, person_id, role)


def end_role_of(actor: Actor, person_id: int | None, role: Role) -> None:
    """As `end_role`, for a caller who has judged that the actor may."""
    live = (
        writing()
        .scalars(
            sa.select(RoleGrant)
            .where(RoleGrant.role == role, RoleGrant.ended_at.is_(None))
            .order_by(RoleGrant.id)
            .with_for_update()
        )
        .all()
    )
    grant = next((one for one in live if one.person_id == person_id), None)
    if grant is None:
        raise NotFound
    if role is Role.PLATFORM_ADMINISTRATOR and len(live) == 1:
        raise RuleBroken(N_("This is the last platform administrator: give the role to somebody else first."))
    grant.ended_at = clock.now()
    writing().flush()
    audit.record(actor, "end_role", "person", person_id, role=role.value)


def _check(actor: Actor) -> None:
    if not can_manage_roles(actor):
        raise NotAllowed(N_("You are not allowed to do this."))
