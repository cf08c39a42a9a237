"""Withdrawing what was agreed to, and closing an account: its sessions end with it."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Guardianship, RoleGrant
from civic.accounts.services import sessions
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor, Role
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, NotFound
from civic.kernel.i18n import N_

_NOT_ALLOWED = N_("You are not allowed to do this.")


def _administers(actor: Actor) -> bool:
    return actor.is_system or (actor.has_second_factor and actor.has_role(Role.PLATFORM_ADMINISTRATOR))


def disable_account(actor: Actor, account_id: int) -> None:
    """Close the account (one's own, or any for an administrator): nobody signs in with it, no cookie of it is worth anything."""
    if not (_administers(actor) or actor.account_id == account_id):
        raise NotAllowed(_NOT_ALLOWED)
    account = writing().get(Account, account_id)
    if account is None:
        raise NotFound
    account.disabled_at = account.disabled_at or clock.now()
    writing().flush()
    sessions.end_sessions(account_id)
    audit.record(actor, "disable_account", "account", account_id)


def end_role(actor: Actor, person_id: int, role: Role) -> None:
    """End a person's role for the whole platform, with effect from their next request."""
    if not _administers(actor):
        raise NotAllowed(_NOT_ALLOWED)
    writing().execute(
        sa.update(RoleGrant)
        .where(RoleGrant.person_id == person_id, RoleGrant.role == role, RoleGrant.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    audit.record(actor, "end_role", "person", person_id, role=role.value)


def withdraw_consents(actor: Actor, person_id: int) -> None:
    """Withdraw the consents that stand for the person: the actor's own, or what the actor agreed to for a ward.

    What a young person agreed to for themselves, from 14, is theirs to take back.
    """
    if person_id != actor.person_id and person_id not in actor.wards:
        raise NotFound
    writing().execute(
        sa.update(Consent)
        .where(Consent.person_id == person_id, Consent.given_by_id == actor.person_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
    )
    audit.record(actor, "withdraw_consents", "person", person_id)


def has_other_guardian(actor: Actor, ward_id: int) -> bool:
    """Whether somebody besides the actor answers for the ward."""
    statement = sa.select(Guardianship.id).where(
        Guardianship.ward_id == ward_id, Guardianship.guardian_id != actor.person_id, Guardianship.ended_at.is_(None)
    )
    return session().scalar(statement.limit(1)) is not None


def end_guardianship(actor: Actor, guardian_id: int, ward_id: int) -> None:
    """End the guardian's answering for the ward: their own to end, and from 14 the young person's."""
    is_own = guardian_id == actor.person_id and ward_id in actor.wards
    if not (is_own or (ward_id == actor.person_id and actor.account_id is not None)):
        raise NotFound
    ended = writing().execute(
        sa.update(Guardianship)
        .where(Guardianship.ward_id == ward_id, Guardianship.guardian_id == guardian_id, Guardianship.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    if not ended.rowcount:
        raise NotFound
    audit.record(actor, "end_guardianship", "person", ward_id, guardian=guardian_id)
