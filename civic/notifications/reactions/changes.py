"""What is told when a meeting moves or falls out, or the activity is cancelled: one message for each signup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from civic.activities import events
from civic.activities.queries.newly_busy import list_newly_busy
from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications.writing import Telling, tell_about_ended_signups, tell_about_signups
from civic.outbox.draining import Cause

_COVERED = sa.text("""
SELECT s.id FROM occurrence o
  JOIN opening x ON x.activity_id = o.activity_id AND (x.occurrence_id IS NULL OR x.occurrence_id = o.id)
  JOIN signup s ON s.opening_id = x.id AND s.state IN ('confirmed', 'pending_guardian', 'offered')
 WHERE o.id = :occurrence_id ORDER BY s.id
""")
_STANDS = sa.text("SELECT starts_at, ends_at, place_id, meets_at FROM occurrence WHERE id = :occurrence_id")
# What waited for its ten minutes, superseded or not: the first of them says how people know the meeting.
_UNTOLD = sa.text("""
SELECT DISTINCT ON (n.subject_id) n.subject_id, n.payload
  FROM notification n
 WHERE n.kind = 'occurrence_moved' AND n.subject_type = 'signup' AND n.subject_id = ANY(:signups)
   AND CAST(n.payload ->> 'occurrence_id' AS bigint) = :occurrence_id AND n.not_before > :now
   AND CAST(n.payload ->> 'version' AS int) < :version
 ORDER BY n.subject_id, n.id
""")
# They have become untrue: neither the mail nor the entry on the site comes.
_SUPERSEDE = sa.text("""
UPDATE notification SET cancelled_at = :now
 WHERE kind = 'occurrence_moved' AND subject_type = 'signup' AND subject_id = ANY(:signups) AND not_before > :now
   AND CAST(payload ->> 'occurrence_id' AS bigint) = :occurrence_id AND CAST(payload ->> 'version' AS int) < :version
   AND cancelled_at IS NULL
""")
GRACE = timedelta(minutes=10)
"""So long one may take a move back before anybody hears of it."""
SOON = timedelta(hours=3)
"""What begins so soon is told at once."""


class Before(NamedTuple):
    """How people know a meeting, in the words of the payload."""

    old_starts_at: str
    old_ends_at: str
    old_place_id: int | None
    old_meets_at: str | None


def tell_occurrence_added(event: events.OccurrenceAdded, cause: Cause) -> None:
    """Tell whoever holds a place for all of it that there is one more meeting."""
    telling = Telling("occurrence_added", event.occurrence_id, {"occurrence_id": event.occurrence_id})
    tell_about_signups(telling, writing().scalars(_COVERED, {"occurrence_id": event.occurrence_id}))


def tell_occurrence_moved(event: events.OccurrenceMoved, cause: Cause) -> None:
    """Tell whoever holds a place at the meeting what changed, ten minutes later: what is moved back by then is told to nobody.

    What was moved twice in that time is told once, from where it was at first.
    """
    now = clock.now()
    stands = writing().execute(_STANDS, {"occurrence_id": event.occurrence_id}).one()
    covered = writing().scalars(_COVERED, {"occurrence_id": event.occurrence_id}).all()
    values = {"occurrence_id": event.occurrence_id, "signups": covered, "version": event.version, "now": now}
    untold = dict(writing().execute(_UNTOLD, values).all())
    writing().execute(_SUPERSEDE, values)
    leaves = now + GRACE if stands.starts_at - now > SOON else now
    for before, signups in _by_before(event, covered, untold).items():
        if before != _as_told(stands):
            _tell_moved(event, before, signups, leaves)


def _tell_moved(event: events.OccurrenceMoved, before: Before, signups: set[int], leaves: datetime) -> None:
    payload = {"occurrence_id": event.occurrence_id, "version": event.version, **before._asdict()}
    busy = _newly_busy(event.occurrence_id, before)
    for is_busy, told in ((True, signups & busy), (False, signups - busy)):
        occasion = f"{event.occurrence_id}.{event.version}"
        telling = Telling("occurrence_moved", occasion, {**payload, "is_busy": is_busy}, not_before=leaves)
        tell_about_signups(telling, sorted(told))


def _by_before(event: events.OccurrenceMoved, covered: Sequence[int], untold: dict[int, dict]) -> dict[Before, set[int]]:
    """Return the signups by what their people know of the meeting: as it was before, or before what is not told yet."""
    just = Before(_utc(event.old_starts_at), _utc(event.old_ends_at), event.old_place_id, _utc(event.old_meets_at))
    found: dict[Before, set[int]] = {}
    for signup_id in covered:
        first = untold.get(signup_id)
        before = Before(*(first[name] for name in Before._fields)) if first else just
        found.setdefault(before, set()).add(signup_id)
    return found


def _as_told(row) -> Before:
    starts_at, ends_at, meets_at = (one and _utc(one.isoformat()) for one in (row.starts_at, row.ends_at, row.meets_at))
    return Before(starts_at, ends_at, row.place_id, meets_at)


def _utc(instant: str | None) -> str | None:
    """Return the same instant as one would compare it, whatever zone it was written in."""
    return datetime.fromisoformat(instant).astimezone(UTC).isoformat() if instant else None


def _newly_busy(occurrence_id: int, before: Before) -> set[int]:
    """Return the signups of those who have something else at the time to which the meeting has moved."""
    old = datetime.fromisoformat(before.old_starts_at), datetime.fromisoformat(before.old_ends_at)
    now = writing().execute(_STANDS, {"occurrence_id": occurrence_id}).one()
    return {row.signup_id for row in list_newly_busy(occurrence_id, old, (now.starts_at, now.ends_at))}


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
