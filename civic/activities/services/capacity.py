"""How many places there are: never fewer than are taken, and new ones go to who waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from civic.activities import rules
from civic.activities.events import PlaceWithdrawn
from civic.activities.models import Occurrence, Opening, Signup
from civic.activities.policy import Action, Target, check_can, may_know
from civic.activities.queries import facts
from civic.activities.services import adults, places
from civic.activities.services.moves import move
from civic.activities.services.publishing import OpeningFields, add_opening_row, lock_own_activity
from civic.activities.types import ActivityKind, ActivityState, OccurrenceState, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotFound, RuleBroken, StaleForm
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


def change_capacity(
    actor: Actor,
    opening_public_id: str,
    minimum: int,
    capacity: int,
    to_queue: Sequence[str] = (),
    seen: tuple[int, int] | None = None,
) -> None:
    """Set the numbers of places; never below what is taken, and new places go to who waits.

    The signups in `to_queue` (public ids) give their place back and wait, where they would have stood from the beginning.
    `seen` are minimum and capacity as the form showed them: StaleForm where somebody changed them meanwhile.
    """
    opening = facts.get_opening_by_public_id(opening_public_id)
    if not may_know(actor, opening.organisation_id):
        raise NotFound
    check_can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=opening.organisation_id))
    rules.check_places(minimum, capacity)
    activity = adults.lock_activity(opening.activity_id)
    locked = facts.lock_opening(opening.id)
    before = sa.select(Opening.minimum, Opening.capacity).where(Opening.id == opening.id)
    if seen is not None and seen != tuple(writing().execute(before).one()):
        raise StaleForm(N_("Somebody else has changed these places meanwhile. Look at them again before you change them."))
    moved = _move_to_queue(actor, locked, to_queue) if to_queue else ()
    taken, referred = locked.taken - len(moved), locked.referred - sum(1 for one in moved if one.is_referred)
    rules.check_capacity_not_below_taken(capacity, taken, kept=max(locked.reserved - referred, 0))
    # What was held back for a class is counted anew below.
    numbers = {"minimum": minimum, "capacity": capacity, "taken": taken, "referred": referred, "held_back": 0}
    writing().execute(sa.update(Opening).where(Opening.id == opening.id).values(numbers))
    is_raised = capacity > locked.capacity and opening.kind is not ActivityKind.VOLUNTEERING
    if is_raised and adults.is_public_for_minors(activity):
        adults.check_adults(activity)
    audit.record(actor, "change_capacity", "opening", opening.id, before=locked.capacity, after=capacity, moved=len(moved))
    places_to_who_waits(opening.id)


def _move_to_queue(actor: Actor, opening: OpeningFacts, public_ids: Sequence[str]) -> Sequence[Signup]:
    """Let those of the signups that have a place wait for one again; return those."""
    rules.check_may_still_come_in(opening, clock.now())
    chosen = sa.select(Signup).where(Signup.opening_id == opening.id, Signup.public_id.in_(public_ids))
    chosen = chosen.where(Signup.state == SignupState.CONFIRMED).order_by(Signup.id).with_for_update()
    signups = writing().scalars(chosen.execution_options(populate_existing=True)).all()
    for signup in signups:
        move(actor, signup, SignupState.WAITING, reason="fewer places")
        outbox.record(PlaceWithdrawn(signup.id))
    return signups


def places_to_who_waits(opening_id: int) -> None:
    """Offer whatever is free to the waiting list, under the lock."""
    from_now = facts.lock_opening(opening_id)
    if from_now.starts_at is not None and from_now.activity_state is ActivityState.PUBLISHED:
        places.fill_free_places(from_now)


def add_opening(actor: Actor, activity_public_id: str, fields: OpeningFields, *, per_meeting: bool = False) -> None:
    """Open places for one more role: for the whole activity, or the same for each meeting still to come."""
    activity = lock_own_activity(actor, activity_public_id)
    if activity.state is ActivityState.CANCELLED:
        raise RuleBroken(N_("A cancelled activity cannot be opened again: make a copy of it."))
    if not per_meeting:
        add_opening_row(activity, replace(fields, occurrence=None), [])
    else:
        to_come = _meetings_to_come(activity.id)
        if not to_come:
            raise RuleBroken(N_("There is no meeting to come: add one first."), field="scope")
        for place in range(len(to_come)):
            add_opening_row(activity, replace(fields, occurrence=place), to_come)
    if adults.is_public_for_minors(activity) and fields.kind is not ActivityKind.VOLUNTEERING:
        adults.check_adults(activity)
    audit.record(actor, "add_opening", "activity", activity.id, capacity=fields.capacity)


def _meetings_to_come(activity_id: int) -> list[Occurrence]:
    statement = sa.select(Occurrence).where(
        Occurrence.activity_id == activity_id,
        Occurrence.state == OccurrenceState.SCHEDULED,
        Occurrence.starts_at > clock.now(),
    )
    return list(writing().scalars(statement.order_by(Occurrence.starts_at, Occurrence.id)))
