"""Withdrawing what was agreed to, and closing an account: its sessions end with it."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Guardianship
from civic.accounts.rules import may_have_account
from civic.accounts.services import links, recovering, roles, sessions
from civic.accounts.types import LinkPurpose
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
    """Shut the account (for an administrator): nobody signs in with it, no cookie and no mailed link of it is worth anything."""
    if not _administers(actor):
        raise NotAllowed(_NOT_ALLOWED)
    _shut(actor, account_id, "disable_account")


def close_account(actor: Actor) -> None:
    """Close the actor's own account: shut as by an administrator, and its address may register anew.

    What they did for organisations is the caller's to end before. The last platform administrator cannot go.
    """
    if actor.account_id is None:
        raise NotAllowed(_NOT_ALLOWED)
    for role in sorted(actor.roles):
        roles.end_role_of(actor, actor.person_id, role)
    account = _shut(actor, actor.account_id, "close_account")
    account.confirmed_at = account.password_hash = None
    account.totp_secret = account.totp_confirmed_at = account.totp_last_step = None
    writing().flush()
    recovering.forget_codes(account.id)
    # What somebody wanted to hear of goes with the account; the table is of the room of messages.
    writing().execute(sa.text("DELETE FROM follow WHERE person_id = :id"), {"id": account.person_id})


def _shut(actor: Actor, account_id: int, verb: str) -> Account:
    account = writing().get(Account, account_id)
    if account is None:
        raise NotFound
    account.disabled_at = account.disabled_at or clock.now()
    writing().flush()
    sessions.end_sessions(account_id)
    for purpose in (LinkPurpose.CHANGE_ADDRESS, LinkPurpose.RESET_PASSWORD, LinkPurpose.CONFIRM_ADDRESS):
        links.kill_links(purpose, account_id)
    audit.record(actor, verb, "account", account_id)
    return account


def withdraw_consents(actor: Actor, person_id: int) -> None:
    """Withdraw the consents that stand for the person: one's own, whoever gave it, or what the actor agreed to for a ward.

    What a young person agreed to for themselves, from 14, is theirs alone to take back.
    """
    if person_id != actor.person_id and person_id not in actor.wards:
        raise NotFound
    standing = sa.update(Consent).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
    if person_id != actor.person_id:
        standing = standing.where(Consent.given_by_id == actor.person_id)
    withdrawn = writing().execute(standing.values(withdrawn_at=clock.now()))
    if withdrawn.rowcount:
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
    if not (is_own or (ward_id == actor.person_id and _decides_alone(actor))):
        raise NotFound
    ended = writing().execute(
        sa.update(Guardianship)
        .where(Guardianship.ward_id == ward_id, Guardianship.guardian_id == guardian_id, Guardianship.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    if not ended.rowcount:
        raise NotFound
    audit.record(actor, "end_guardianship", "person", ward_id, guardian=guardian_id)


def _decides_alone(actor: Actor) -> bool:
    """Whether it is certain that the actor is 14: who has an account is, and who came by a link that says so."""
    return actor.account_id is not None or (actor.birth_on is not None and may_have_account(actor.birth_on, clock.today()))
