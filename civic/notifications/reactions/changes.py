"""What is told when a meeting moves or falls out, or the activity is cancelled: one message for each signup."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from civic.activities import events
from civic.activities.queries.newly_busy import list_newly_busy
from civic.kernel.db import writing
from civic.notifications.writing import Telling, tell_about_ended_signups, tell_about_signups
from civic.outbox.draining import Cause

_COVERED = sa.text("""
SELECT s.id FROM occurrence o
  JOIN opening x ON x.activity_id = o.activity_id AND (x.occurrence_id IS NULL OR x.occurrence_id = o.id)
  JOIN signup s ON s.opening_id = x.id AND s.state IN ('confirmed', 'pending_guardian', 'offered')
 WHERE o.id = :occurrence_id ORDER BY s.id
""")
_SPAN = sa.text("SELECT starts_at, ends_at FROM occurrence WHERE id = :occurrence_id")


def tell_occurrence_added(event: events.OccurrenceAdded, cause: Cause) -> None:
    """Tell whoever holds a place for all of it that there is one more meeting."""
    telling = Telling("occurrence_added", event.occurrence_id, {"occurrence_id": event.occurrence_id})
    tell_about_signups(telling, writing().scalars(_COVERED, {"occurrence_id": event.occurrence_id}))


def tell_occurrence_moved(event: events.OccurrenceMoved, cause: Cause) -> None:
    """Tell whoever holds a place at the meeting what changed."""
    payload = {
        "occurrence_id": event.occurrence_id,
        "version": event.version,
        "old_starts_at": event.old_starts_at,
        "old_place_id": event.old_place_id,
        "old_meets_at": event.old_meets_at,
    }
    covered = set(writing().scalars(_COVERED, {"occurrence_id": event.occurrence_id}))
    busy = _newly_busy(event)
    for is_busy, signups in ((True, covered & busy), (False, covered - busy)):
        telling = Telling("occurrence_moved", f"{event.occurrence_id}.{event.version}", {**payload, "is_busy": is_busy})
        tell_about_signups(telling, sorted(signups))


def _newly_busy(event: events.OccurrenceMoved) -> set[int]:
    """Return the signups of those who have something else at the time to which the meeting has moved."""
    old = datetime.fromisoformat(event.old_starts_at), datetime.fromisoformat(event.old_ends_at)
    starts_at, ends_at = writing().execute(_SPAN, {"occurrence_id": event.occurrence_id}).one()
    return {row.signup_id for row in list_newly_busy(event.occurrence_id, old, (starts_at, ends_at))}


def tell_authorisation_missing(event: events.AuthorisationFoundMissing, cause: Cause) -> None:
    """Ask who needs the yes of a parent for a sign-up, where nobody is known who could be asked, to name one."""
    tell_about_signups(Telling("authorisation_missing", cause.id), [event.signup_id])


def tell_occurrence_cancelled(event: events.OccurrenceCancelled, cause: Cause) -> None:
    """Tell whoever holds a place at the meeting, or had signed up for it alone, that it does not take place."""
    payload = {"occurrence_id": event.occurrence_id, "version": event.version}
    telling = Telling("occurrence_cancelled", f"{event.occurrence_id}.{event.version}", payload)
    tell_about_signups(telling, writing().scalars(_COVERED, {"occurrence_id": event.occurrence_id}))
    tell_about_ended_signups(telling, event.ended_signup_ids)


def tell_activity_cancelled(event: events.ActivityCancelled, cause: Cause) -> None:
    """Tell everybody who had a place, waited or had asked."""
    tell_about_ended_signups(Telling("activity_cancelled"), event.signup_ids)
