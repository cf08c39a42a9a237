"""Meetings that move, are cancelled or are added: versions rise, and whoever had the old entry is told once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from civic.activities import rules
from civic.activities.events import OccurrenceAdded, OccurrenceCancelled, OccurrenceMoved
from civic.activities.models import Activity, Occurrence, Opening, Signup
from civic.activities.services import adults
from civic.activities.services.birthdays import judge_ages_anew
from civic.activities.services.cancelling import close_openings
from civic.activities.services.clipping import clip_deadlines
from civic.activities.services.places import offer_what_is_free
from civic.activities.services.publishing import (
    OpeningFields,
    add_occurrence_row,
    add_opening_row,
    lock_own_activity,
    refresh_span,
)
from civic.activities.types import HOLDING, NO_TERMS, ActivityState, OccurrenceState, Terms
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken, StaleForm
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

_CHANGED_MEANWHILE = N_("Somebody else has changed this meeting meanwhile. Look at it again before you change it.")


def _lock_occurrence(actor: Actor, public_id: str) -> tuple[Activity, Occurrence]:
    of_meeting = sa.select(Activity.public_id).join(Occurrence, Occurrence.activity_id == Activity.id)
    activity_public_id = writing().scalar(of_meeting.where(Occurrence.public_id == public_id))
    if activity_public_id is None:
        raise NotFound
    activity = lock_own_activity(actor, activity_public_id)
    lock = sa.select(Occurrence).where(Occurrence.public_id == public_id).with_for_update(key_share=True)
    return activity, writing().scalars(lock.execution_options(populate_existing=True)).one()


def count_affected(occurrence_public_id: str) -> int:
    """Return how many people hold a place that this meeting is part of."""
    covers = sa.or_(Opening.occurrence_id.is_(None), Opening.occurrence_id == Occurrence.id)
    return session().scalar(
        sa.select(sa.func.count(sa.distinct(Signup.person_id)))
        .select_from(Occurrence)
        .join(Opening, sa.and_(Opening.activity_id == Occurrence.activity_id, covers))
        .join(Signup, Signup.opening_id == Opening.id)
        .where(Occurrence.public_id == occurrence_public_id, Signup.state.in_(sorted(HOLDING)))
    )


def move_occurrence(
    actor: Actor, public_id: str, starts_at: datetime, ends_at: datetime, place_id: int | None, version: int
) -> bool:
    """Give a meeting a new time or place; return False where nothing changed.

    `version` is the one the form was filled against: StaleForm where somebody moved it meanwhile.
    """
    activity, occurrence = _lock_occurrence(actor, public_id)
    if occurrence.version != version:
        raise StaleForm(_CHANGED_MEANWHILE)
    if (occurrence.starts_at, occurrence.ends_at, occurrence.place_id) == (starts_at, ends_at, place_id):
        return False
    if occurrence.state is not OccurrenceState.SCHEDULED:
        raise RuleBroken(N_("This meeting was cancelled."))
    if occurrence.starts_at <= clock.now():
        raise RuleBroken(N_("This meeting has already begun: it can no longer be moved."))
    rules.check_occurrence(starts_at, ends_at, clock.now())
    old_start = occurrence.starts_at
    met = occurrence.meets_at.isoformat() if occurrence.meets_at else None
    before = (old_start.isoformat(), occurrence.ends_at.isoformat(), occurrence.place_id, met)
    occurrence.starts_at, occurrence.ends_at, occurrence.place_id = starts_at, ends_at, place_id
    occurrence.version += 1
    activity.updated_at = clock.now()
    writing().flush()
    _follow_start(actor, activity, old_start, starts_at)
    audit.record(actor, "move_occurrence", "occurrence", occurrence.id, version=occurrence.version)
    outbox.record(OccurrenceMoved(occurrence.id, occurrence.version, *before))
    return True


def _follow_start(actor: Actor, activity: Activity, *starts: datetime) -> None:
    """Bring the activity's span, every deadline and who needs a guardian's yes in line with where the meetings are now."""
    before = activity.starts_at
    refresh_span(activity)
    clip_deadlines(activity.id)
    judge_ages_anew(actor, activity.id, [start for start in (before, activity.starts_at, *starts) if start is not None])
    offer_what_is_free(activity.id)


def change_terms(actor: Actor, public_id: str, terms: Terms, seen: Terms | None = None) -> bool:
    """Give a meeting its own sign-up window and hour to meet; return False where nothing changed.

    Whoever holds a place is told of another hour to meet. Who has been offered a place keeps it until the hour promised.
    `seen` are the terms as the form showed them: StaleForm where somebody changed them meanwhile.
    """
    activity, occurrence = _lock_occurrence(actor, public_id)
    before = Terms(occurrence.signup_opens_days, occurrence.signup_closes_hours, occurrence.meets_minutes)
    if seen is not None and seen != before:
        raise StaleForm(_CHANGED_MEANWHILE)
    if terms == before:
        return False
    if occurrence.state is not OccurrenceState.SCHEDULED:
        raise RuleBroken(N_("This meeting was cancelled."))
    if occurrence.starts_at <= clock.now():
        raise RuleBroken(N_("This meeting has already begun: it can no longer be changed."))
    rules.check_terms(terms)
    old_meets_at = occurrence.meets_at
    for name, value in asdict(terms).items():
        setattr(occurrence, name, value)
    activity.updated_at = clock.now()
    if terms.meets_minutes != before.meets_minutes:
        occurrence.version += 1
        _tell_of_hour_to_meet(occurrence, old_meets_at)
    writing().flush()
    audit.record(actor, "change_terms", "occurrence", occurrence.id, **asdict(terms))
    offer_what_is_free(activity.id)
    return True


def _tell_of_hour_to_meet(occurrence: Occurrence, old_meets_at: datetime | None) -> None:
    span = (occurrence.starts_at.isoformat(), occurrence.ends_at.isoformat())
    met = old_meets_at.isoformat() if old_meets_at else None
    outbox.record(OccurrenceMoved(occurrence.id, occurrence.version, *span, occurrence.place_id, met))


def cancel_occurrence(actor: Actor, public_id: str, reason: str) -> None:
    """Cancel one meeting; the sign-ups for the whole activity stay, those for it alone end, and all are told."""
    activity, occurrence = _lock_occurrence(actor, public_id)
    if occurrence.state is OccurrenceState.CANCELLED:
        return
    if occurrence.ends_at <= clock.now():
        raise RuleBroken(N_("This meeting is over: there is nothing left to cancel."))
    if not reason.strip():
        raise RuleBroken(N_("Write why: people will read it in the message."), field="reason")
    left = session().scalar(
        sa.select(sa.func.count()).where(Occurrence.activity_id == activity.id, Occurrence.state == OccurrenceState.SCHEDULED)
    )
    if left == 1:
        raise RuleBroken(N_("This is the last meeting: cancel the whole activity instead."))
    ended = close_openings(actor, sa.select(Opening.id).where(Opening.occurrence_id == occurrence.id), "meeting cancelled")
    occurrence.state = OccurrenceState.CANCELLED
    occurrence.version += 1
    occurrence.cancelled_reason = reason.strip()
    activity.updated_at = clock.now()
    writing().flush()
    _follow_start(actor, activity)
    audit.record(actor, "cancel_occurrence", "occurrence", occurrence.id, signups=len(ended))
    outbox.record(OccurrenceCancelled(occurrence.id, occurrence.version, ended))


def add_occurrence(
    actor: Actor, activity_public_id: str, starts_at: datetime, ends_at: datetime, terms: Terms = NO_TERMS
) -> Occurrence:
    """Add a meeting to an activity; whoever has a place for all of it is told, once it can be seen.

    Where places are given meeting by meeting, it has those of the meeting before.
    """
    activity = lock_own_activity(actor, activity_public_id)
    if activity.state is ActivityState.CANCELLED:
        raise RuleBroken(N_("A cancelled activity cannot be opened again: make a copy of it."))
    rules.check_occurrence(starts_at, ends_at, clock.now())
    was_open = adults.is_public_for_minors(activity)
    places = _places_of_last_meeting(activity)
    occurrence = add_occurrence_row(activity, starts_at, ends_at, terms)
    for place in places:
        add_opening_row(activity, place, [occurrence])
    activity.updated_at = clock.now()
    _follow_start(actor, activity)
    if not was_open and adults.is_public_for_minors(activity):
        adults.check_adults(activity)
    audit.record(actor, "add_occurrence", "occurrence", occurrence.id)
    if activity.state is ActivityState.PUBLISHED:
        outbox.record(OccurrenceAdded(occurrence.id))
    return occurrence


def _places_of_last_meeting(activity: Activity) -> list[OpeningFields]:
    last = sa.select(Opening.occurrence_id).join(Occurrence, Occurrence.id == Opening.occurrence_id)
    last = last.where(Opening.activity_id == activity.id).order_by(Occurrence.starts_at.desc()).limit(1)
    openings = writing().scalars(sa.select(Opening).where(Opening.occurrence_id == last.scalar_subquery()).order_by(Opening.id))
    return [OpeningFields(one.kind, one.capacity, one.role, one.minimum, 0) for one in openings]
