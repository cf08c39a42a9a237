"""What was marked at a meeting, tap by tap; and where two who did not know of each other marked differently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

import sqlalchemy as sa

from civic.activities.queries.participants import MeetingRow
from civic.activities.types import AttendanceState
from civic.kernel.db import session

_EVENTS = sa.text("""
SELECT e.id, e.signup_id, e.state, e.minutes, e.at, e.device, coalesce(e.seen_id, e.id) AS seen_id, e.recorded_by_id,
       coalesce(p.given_name, '') AS given_name
  FROM attendance_event e LEFT JOIN person p ON p.id = e.recorded_by_id
 WHERE e.occurrence_id = :occurrence_id
 ORDER BY e.signup_id, e.at, e.id
""")
_KNOWN = sa.text("SELECT event_id FROM attendance_event WHERE event_id = ANY(CAST(:event_ids AS uuid[]))")
_LAST = sa.text("""
SELECT signup_id, max(at) AS at FROM attendance_event
 WHERE occurrence_id = :occurrence_id AND signup_id = ANY(:signup_ids) GROUP BY signup_id
""")


@dataclass(frozen=True, slots=True)
class EventRow:
    """A mark as it was made: `given_name` of who made it, `seen_id` the last event known where it was made."""

    id: int
    signup_id: int
    state: AttendanceState | None
    minutes: int | None
    at: datetime
    device: UUID | None
    seen_id: int
    recorded_by_id: int | None
    given_name: str

    @property
    def source(self) -> tuple[UUID | None, int | None]:
        """Who made it, and with what."""
        return self.device, self.recorded_by_id


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two marks of one person, neither made in the knowledge of the other: the later `counts` until somebody settles it."""

    earlier: EventRow
    counts: EventRow


@dataclass(frozen=True, slots=True)
class Told:
    """What was marked until now: the last event of the meeting, and the conflicts by the id of the signup."""

    last_id: int
    conflicts: dict[int, Conflict]


def read_told(meeting: MeetingRow) -> Told:
    """Return what was marked at the meeting until now."""
    rows = session().execute(_EVENTS, {"occurrence_id": meeting.id})
    events = [EventRow(row[0], row[1], AttendanceState(row[2]) if row[2] else None, *row[3:]) for row in rows]
    found = {signup: find_conflict(list(group)) for signup, group in groupby(events, key=lambda one: one.signup_id)}
    return Told(max((one.id for one in events), default=0), {signup: one for signup, one in found.items() if one})


def find_conflict(events: Sequence[EventRow]) -> Conflict | None:
    """Return the conflict among the marks of one person in the order in which they were made, None where there is none.

    The last one counts. The last of somebody else contradicts it where who made the one that counts could not know of it.
    """
    counts, heard = events[-1], {events[-1].source}
    for one in reversed(events[:-1]):
        if one.source in heard:
            continue
        heard.add(one.source)
        if one.id > counts.seen_id and (one.state, one.minutes) != (counts.state, counts.minutes):
            return Conflict(one, counts)
    return None


def list_known(event_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return which of these events are written down already."""
    rows = session().scalars(_KNOWN, {"event_ids": [str(one) for one in event_ids]})
    return frozenset(rows)


def list_last(meeting: MeetingRow, signup_ids: Iterable[int]) -> dict[int, datetime]:
    """Return when the last mark of each of these signups was made, whatever it said."""
    rows = session().execute(_LAST, {"occurrence_id": meeting.id, "signup_ids": sorted(signup_ids)})
    return {row.signup_id: row.at for row in rows}
