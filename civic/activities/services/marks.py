"""Writing marks down: each as it was made, and of those of one person the one that counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from civic.activities.models import Attendance
from civic.activities.queries.participants import ExpectedRow, MeetingRow
from civic.activities.types import AttendanceState, OccurrenceState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

OPENS_BEFORE = timedelta(minutes=30)
CORRECTED_FREELY = timedelta(hours=48)
"""So long after a meeting marks are corrected without saying why."""
NEEDS_REASON = N_("The meeting was more than 48 hours ago: write why you correct it.")

# Arrays in place of rows: one text however many people there are, so that it is read and planned once.
_WRITE = sa.text("""
WITH one AS (
  SELECT * FROM unnest(CAST(:event_ids AS uuid[]), CAST(:signups AS bigint[]), CAST(:states AS text[]),
                       CAST(:minutes AS smallint[]), CAST(:ats AS timestamptz[]), CAST(:seen_ids AS bigint[]),
                       CAST(:counts AS boolean[]))
           AS made (event_id, signup_id, state, minutes, at, seen_id, counts)
), noted AS (
  INSERT INTO attendance_event
    (event_id, occurrence_id, signup_id, state, minutes, at, received_at, device, seen_id, recorded_by_id)
  SELECT event_id, :occurrence, signup_id, state, minutes, at, :now, CAST(:device AS uuid), seen_id, :by FROM one
)
INSERT INTO attendance (signup_id, occurrence_id, state, minutes, recorded_by_id, recorded_at)
SELECT signup_id, :occurrence, state, minutes, :by, at FROM one WHERE counts AND state IS NOT NULL
    ON CONFLICT ON CONSTRAINT uq_attendance_signup_id_occurrence_id
    DO UPDATE SET state = excluded.state, minutes = excluded.minutes,
                  recorded_by_id = excluded.recorded_by_id, recorded_at = excluded.recorded_at
""")


@dataclass(frozen=True, slots=True)
class Noted:
    """A mark about to be written: of whom, what (`state` None takes it back), when; of one person at most one `counts`.

    `seen_id` is the last event that was known where it was made (None: all there are).
    """

    event_id: UUID
    row: ExpectedRow
    state: AttendanceState | None
    minutes: int | None
    at: datetime
    seen_id: int | None
    counts: bool = True

    @property
    def changes(self) -> bool:
        """Whether it differs from what was marked."""
        return (self.row.state, self.row.minutes) != (self.state, self.minutes)

    @property
    def corrects(self) -> bool:
        """Whether it puts something else, or nothing, in the place of a mark."""
        return self.counts and self.changes and self.row.state is not None


def check_can_be_taken(meeting: MeetingRow) -> None:
    """Raise RuleBroken where nobody can have been at the meeting, or not yet."""
    if meeting.state is OccurrenceState.CANCELLED:
        raise RuleBroken(N_("This meeting was cancelled."))
    if clock.now() < meeting.starts_at - OPENS_BEFORE:
        raise RuleBroken(N_("Attendance can be taken from 30 minutes before the start."))


def is_late_to_correct(meeting: MeetingRow) -> bool:
    """Whether who corrects a mark now says why."""
    return clock.now() > meeting.ends_at + CORRECTED_FREELY


def minutes_of(meeting: MeetingRow, state: AttendanceState | None, missed: int, field: str | None = None) -> int | None:
    """Return how many minutes of the meeting such a mark counts; RuleBroken at `field` for more than it lasts."""
    if state is None:
        return None
    if state in (AttendanceState.ABSENT, AttendanceState.EXCUSED):
        return 0
    length = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    if not 0 <= missed <= length:
        raise RuleBroken(N_("The minutes missed cannot be more than the meeting lasts."), field=field)
    return length - missed


def write(actor: Actor, meeting: MeetingRow, made: Sequence[Noted], device: UUID | None = None, reason: str = "") -> None:
    """Write all of `made` down and let those count that do, in two statements; the audit keeps what was before.

    `device` is None for the page itself. Whoever calls holds the lock of the meeting: what counts is decided by one at a time.
    """
    if not made:
        return
    common = {"occurrence": meeting.id, "by": actor.person_id, "now": clock.now(), "device": str(device) if device else None}
    writing().execute(_WRITE, {**common, **_columns(made)})
    taken_back = [one.row.id for one in made if one.counts and one.state is None]
    if taken_back:
        marked = Attendance.occurrence_id == meeting.id, Attendance.signup_id.in_(taken_back)
        writing().execute(sa.delete(Attendance).where(*marked))
    audit.record(actor, "record_attendance", "occurrence", meeting.id, marks=len(made))
    for one in made:
        if one.corrects:
            before, after = {"state": one.row.state, "minutes": one.row.minutes}, {"state": one.state, "minutes": one.minutes}
            values = {"occurrence": meeting.id, "before": before, "after": after, "reason": reason.strip()}
            audit.record(actor, "correct_attendance", "signup", one.row.id, **values)


def _columns(made: Sequence[Noted]) -> dict[str, list]:
    return {
        "event_ids": [str(one.event_id) for one in made],
        "signups": [one.row.id for one in made],
        "states": [one.state and one.state.value for one in made],
        "minutes": [one.minutes for one in made],
        "ats": [one.at for one in made],
        "seen_ids": [one.seen_id for one in made],
        "counts": [one.counts for one in made],
    }
