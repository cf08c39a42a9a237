"""How many places there are: never fewer than are taken, and new ones go to who waits."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities import rules
from civic.activities.models import Opening
from civic.activities.policy import Action, Target, check_can, may_know
from civic.activities.queries import facts
from civic.activities.services import places
from civic.activities.types import ActivityState
from civic.audit import services as audit
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotFound


def change_capacity(actor: Actor, opening_public_id: str, minimum: int, capacity: int) -> None:
    """Set the numbers of places; never below what is taken, and new places go to who waits."""
    opening = facts.get_opening_by_public_id(opening_public_id)
    if not may_know(actor, opening.organisation_id):
        raise NotFound
    check_can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=opening.organisation_id))
    rules.check_places(minimum, capacity)
    locked = facts.lock_opening(opening.id)
    rules.check_capacity_not_below_taken(capacity, locked.taken)
    writing().execute(sa.update(Opening).where(Opening.id == opening.id).values(minimum=minimum, capacity=capacity))
    audit.record(actor, "change_capacity", "opening", opening.id, before=locked.capacity, after=capacity)
    places_to_who_waits(opening.id)


def places_to_who_waits(opening_id: int) -> None:
    """Offer whatever is free to the waiting list, under the lock."""
    from_now = facts.lock_opening(opening_id)
    if from_now.starts_at is not None and from_now.activity_state is ActivityState.PUBLISHED:
        places.fill_free_places(from_now)
