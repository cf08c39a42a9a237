"""Declaring that somebody's certificate was seen: the outcome and two dates, never the document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from civic.accounts.models import Account, Person
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.organisations.models import Membership
from civic.outbox import services as outbox
from civic.safeguarding import rules
from civic.safeguarding.events import OutcomeTurned
from civic.safeguarding.models import SafeguardingDeclaration
from civic.safeguarding.policy import Action, check_can
from civic.safeguarding.queries import last_outcome
from civic.safeguarding.types import Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a certificate, and when."""

    issued_on: date
    seen_on: date
    outcome: Outcome


def declare(actor: Actor, organisation_id: int, person_public_id: str, seen: Seen) -> SafeguardingDeclaration:
    """Write what the organisation says of a member's certificate; it counts from this moment instead of any before.

    Nobody declares for themselves where another owner or coordinator could; where there is none, the row shows it.
    """
    if not (actor.is_system or actor.is_in(organisation_id)):
        raise NotFound
    check_can(actor, Action.DECLARE, organisation_id)
    person_id = _lock_member(organisation_id, person_public_id)
    if actor.person_id == person_id and _others_declare(organisation_id, person_id):
        raise RuleBroken(N_("Your own certificate is for somebody else to see: ask another owner or coordinator."))
    rules.check_dates(seen.issued_on, seen.seen_on, seen.outcome, clock.today())
    was_not_clear = last_outcome(organisation_id, person_id) is Outcome.NOT_CLEAR
    row = SafeguardingDeclaration(
        organisation_id=organisation_id,
        person_id=person_id,
        outcome=seen.outcome,
        issued_on=seen.issued_on,
        seen_on=seen.seen_on,
        valid_until=rules.valid_until_of(seen.issued_on),
        declared_by_id=actor.person_id,
        declared_at=clock.now(),
    )
    writing().add(row)
    writing().flush()
    # The staff read the audit: what was found is for the safeguarding officer alone, so that it was declared is all it says.
    audit.record(actor, "declare_safeguarding", "safeguarding_declaration", row.id, organisation=organisation_id)
    if was_not_clear or seen.outcome is Outcome.NOT_CLEAR:
        outbox.record(OutcomeTurned(row.id))
    return row


def _lock_member(organisation_id: int, person_public_id: str) -> int:
    """Lock the membership and return the person: who publishes meanwhile waits, and sees what was declared."""
    member = (
        sa.select(Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == organisation_id, Membership.ended_at.is_(None), Person.public_id == person_public_id
        )
    )
    person_id = writing().scalar(member.with_for_update(of=Membership))
    if person_id is None:
        raise NotFound
    return person_id


def _others_declare(organisation_id: int, person_id: int) -> bool:
    editors = (OrganisationRole.OWNER, OrganisationRole.COORDINATOR)
    is_shut_out = sa.exists().where(Account.person_id == Membership.person_id, Account.disabled_at.is_not(None))
    other = sa.exists().where(
        Membership.organisation_id == organisation_id,
        Membership.ended_at.is_(None),
        Membership.role.in_(editors),
        Membership.person_id != person_id,
        ~is_shut_out,
    )
    return bool(session().scalar(sa.select(other)))
