"""What is told when a meeting moves or falls out, or the activity is cancelled: one message for each signup."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities import events
from civic.kernel.db import writing
from civic.notifications.writing import Telling, tell_about_ended_signups, tell_about_signups
from civic.outbox.draining import Cause

_COVERED = sa.text("""
SELECT s.id FROM occurrence o
  JOIN opening x ON x.activity_id = o.activity_id AND (x.occurrence_id IS NULL OR x.occurrence_id = o.id)
  JOIN signup s ON s.opening_id = x.id AND s.state IN ('confirmed', 'pending_guardian', 'offered')
 WHERE o.id = :occurrence_id ORDER BY s.id
""")
# Nothing more is sent to an address that nobody has confirmed.
_KNOWN = sa.text("""
SELECT s.id FROM signup s
 WHERE s.id = ANY(:ids) AND (SELECT m.before FROM signup_move m WHERE m.signup_id = s.id ORDER BY m.id DESC LIMIT 1)
       IS DISTINCT FROM 'unconfirmed'
""")


def tell_occurrence_moved(event: events.OccurrenceMoved, cause: Cause) -> None:
    """Tell whoever holds a place at the meeting what changed."""
    payload = {
        "occurrence_id": event.occurrence_id,
        "version": event.version,
        "old_starts_at": event.old_starts_at,
        "old_place_id": event.old_place_id,
    }
    telling = Telling("occurrence_moved", f"{event.occurrence_id}.{event.version}", payload)
    tell_about_signups(telling, writing().scalars(_COVERED, {"occurrence_id": event.occurrence_id}))


def tell_occurrence_cancelled(event: events.OccurrenceCancelled, cause: Cause) -> None:
    """Tell whoever holds a place at the meeting, or had signed up for it alone, that it does not take place."""
    payload = {"occurrence_id": event.occurrence_id, "version": event.version}
    telling = Telling("occurrence_cancelled", f"{event.occurrence_id}.{event.version}", payload)
    tell_about_signups(telling, writing().scalars(_COVERED, {"occurrence_id": event.occurrence_id}))
    known = writing().scalars(_KNOWN, {"ids": list(event.ended_signup_ids)})
    tell_about_ended_signups(telling, known)


def tell_activity_cancelled(event: events.ActivityCancelled, cause: Cause) -> None:
    """Tell everybody who had a place, waited or had asked."""
    known = writing().scalars(_KNOWN, {"ids": list(event.signup_ids)})
    tell_about_ended_signups(Telling("activity_cancelled"), known)
