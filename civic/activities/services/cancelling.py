"""What ends before its time: an activity, and the places of openings that close with it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from civic.activities.events import ActivityCancelled
from civic.activities.models import Activity, Occurrence, Opening, Signup
from civic.activities.services import block_queue, holds
from civic.activities.services.moves import move
from civic.activities.services.publishing import lock_own_activity
from civic.activities.types import LIVE, ActivityState, OccurrenceState, OfferAnswer, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


def cancel_activity(actor: Actor, public_id: str, reason: str) -> int:
    """Cancel the activity: what was held stays held, every other live signup ends and is told. Return how many ended."""
    activity = lock_own_activity(actor, public_id)
    if activity.state is ActivityState.CANCELLED:
        return 0
    if activity.state is ActivityState.PUBLISHED and activity.ends_at <= clock.now():
        raise RuleBroken(N_("The activity is over: there is nothing left to cancel."))
    if not reason.strip():
        raise RuleBroken(N_("Write why: people will read it in the message."), field="reason")
    ended = close_openings(actor, _not_over(activity.id), "activity cancelled")
    _close(activity, reason.strip())
    audit.record(actor, "cancel_activity", "activity", activity.id, signups=len(ended))
    outbox.record(ActivityCancelled(activity.id, ended))
    return len(ended)


def _not_over(activity_id: int) -> sa.Select:
    """Return the openings of the activity but those for a meeting that is over: who came there, came."""
    openings = sa.select(Opening.id).outerjoin(Occurrence, Occurrence.id == Opening.occurrence_id)
    is_to_come = sa.or_(Opening.occurrence_id.is_(None), Occurrence.ends_at > clock.now())
    return openings.where(Opening.activity_id == activity_id, is_to_come)


def close_openings(actor: Actor, openings: sa.Select, reason: str) -> tuple[int, ...]:
    """Lock the openings and close them for good: nobody comes in any more, the live signups end. Return their ids.

    Whoever signs up at this moment waits for the lock and then finds the opening closed.
    """
    opening_ids = writing().scalars(openings.order_by(Opening.id).with_for_update(of=Opening)).all()
    ended = _end_signups(actor, opening_ids, reason)
    block_queue.end_in(opening_ids)
    closing = sa.update(Opening).where(Opening.id.in_(opening_ids), Opening.closed_at.is_(None))
    writing().execute(closing.values(taken=0, referred=0, held_back=0, closed_at=clock.now()))
    return ended


def _end_signups(actor: Actor, opening_ids: Sequence[int], reason: str) -> tuple[int, ...]:
    live = sa.select(Signup).where(Signup.opening_id.in_(opening_ids), Signup.state.in_(sorted(LIVE))).order_by(Signup.id)
    signups = writing().scalars(live.with_for_update().execution_options(populate_existing=True)).all()
    for signup in signups:
        _end(actor, signup, reason)
    return tuple(signup.id for signup in signups)


def _end(actor: Actor, signup: Signup, reason: str) -> None:
    if signup.state is SignupState.OFFERED:
        holds.close_offer(signup.id, OfferAnswer.WITHDRAWN)
    move(actor, signup, SignupState.CANCELLED, reason=reason)


def _close(activity: Activity, reason: str) -> None:
    now = clock.now()
    writing().execute(
        sa.update(Occurrence)
        .where(Occurrence.activity_id == activity.id, Occurrence.state == OccurrenceState.SCHEDULED, Occurrence.ends_at > now)
        .values(state=OccurrenceState.CANCELLED, version=Occurrence.version + 1, cancelled_reason=reason)
    )
    activity.state = ActivityState.CANCELLED
    activity.cancelled_at = activity.updated_at = now
    activity.cancelled_reason = reason
    writing().flush()
