"""How many places are kept, and until when, for who is sent by a service or a school."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from civic.activities import rules
from civic.activities.models import Opening
from civic.activities.policy import Action, Target, check_can, may_know
from civic.activities.queries import facts
from civic.activities.services.capacity import places_to_who_waits
from civic.activities.ways_in import Referral
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotFound

Wish = tuple[int, bool]
"""How many places: a number, or so many in a hundred where the second is true."""


def keep_places(actor: Actor, opening_public_id: str, wish: Wish, until: datetime | None) -> int:
    """Keep places until then for who is sent by a service or a school, and return how many; 0 opens them to all.

    Nobody loses a place, and what is kept no longer goes to who waits. The links that are still good end with the reserve.
    """
    opening = facts.get_opening_by_public_id(opening_public_id)
    if not may_know(actor, opening.organisation_id):
        raise NotFound
    check_can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=opening.organisation_id))
    opening = facts.lock_opening(opening.id)
    count = -(-wish[0] * opening.capacity // 100) if wish[1] else wish[0]
    rules.check_reserve(opening, count, until, clock.now())
    # What was held back for a class is counted anew below.
    values = {"reserved": count, "reserved_until": until if count else None, "held_back": 0}
    writing().execute(sa.update(Opening).where(Opening.id == opening.id).values(values))
    _move_ends_of_links(opening.activity_id)
    audit.record(actor, "keep_places", "opening", opening.id, before=opening.reserved, after=count)
    places_to_who_waits(opening.id)
    return count


def _move_ends_of_links(activity_id: int) -> None:
    ends = sa.select(sa.func.max(Opening.reserved_until)).where(Opening.activity_id == activity_id, Opening.reserved > 0)
    good = sa.update(Referral).where(Referral.activity_id == activity_id, Referral.expires_at > clock.now())
    writing().execute(good.values(expires_at=sa.func.coalesce(ends.scalar_subquery(), clock.now())))
