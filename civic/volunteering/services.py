"""What coordinators do about volunteers who are missing."""

from __future__ import annotations

from civic.activities.policy import Action, Target, check_can, may_know
from civic.activities.queries import facts
from civic.activities.types import OpeningFacts
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import NotFound
from civic.outbox import services as outbox
from civic.volunteering.events import VolunteersInvited
from civic.volunteering.queries import get_minimum
from civic.volunteering.rules import check_can_invite


def get_own_shift(actor: Actor, opening_public_id: str) -> OpeningFacts:
    """Return the role on a shift for who may invite people to it now; NotFound for whoever may not know of it."""
    opening = facts.get_opening_by_public_id(opening_public_id)
    if not may_know(actor, opening.organisation_id):
        raise NotFound
    check_can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=opening.organisation_id))
    check_can_invite(opening, get_minimum(opening.id), clock.now())
    return opening


def invite_who_fits(actor: Actor, opening_public_id: str) -> None:
    """Let a worker invite whoever would fit a role that lies below its minimum; who was invited before is not again."""
    opening = get_own_shift(actor, opening_public_id)
    audit.record(actor, "invite_volunteers", "opening", opening.id)
    outbox.record(VolunteersInvited(opening.id))
