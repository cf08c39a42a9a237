"""Attendance: per signup and meeting, in minutes, so that hours can be added up later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from civic.activities.door_codes import find_signup
from civic.activities.models import Attendance
from civic.activities.policy import Action, Target, check_can
from civic.activities.queries.participants import ExpectedRow, MeetingRow, get_meeting, list_expected
from civic.activities.types import AttendanceState, OccurrenceState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

OPENS_BEFORE = timedelta(minutes=30)
NOT_LATE_MINUTES = 5
IS_IN = (AttendanceState.PRESENT, AttendanceState.LATE, AttendanceState.LEFT_EARLY)
CORRECTED_FREELY = timedelta(hours=48)
"""So long after a meeting marks are corrected without saying why."""

# Arrays in place of rows: one text however many people there are, so that it is read and planned once.
_MARK = sa.text("""
INSERT INTO attendance (signup_id, occurrence_id, state, minutes, recorded_by_id, recorded_at)
SELECT one.signup_id, :occurrence, one.state, one.minutes, :by, :now
  FROM unnest(CAST(:signups AS bigint[]), CAST(:states AS text[]), CAST(:minutes AS smallint[]))
       AS one (signup_id, state, minutes)
    ON CONFLICT ON CONSTRAINT uq_attendance_signup_id_occurrence_id
    DO UPDATE SET state = excluded.state, minutes = excluded.minutes,
                  recorded_by_id = excluded.recorded_by_id, recorded_at = excluded.recorded_at
""")


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether somebody was there (`state` None: not recorded); `minutes_missed` counts late and early leaving."""

    signup_public_id: str
    state: AttendanceState | None
    minutes_missed: int = 0


def record_attendance(
    actor: Actor, occurrence_public_id: str, marks: list[Mark], reason: str = "", *, rest_present: bool = False
) -> int:
    """Write who was there; the later mark wins, and the audit keeps the one before. Return how many marks changed.

    What was marked is corrected, or taken back, without a word until 48 hours after the meeting, then with a reason.
    With `rest_present` whoever has no mark, neither before nor now, was there.
    """
    meeting = get_meeting(actor, occurrence_public_id)
    check_can(actor, Action.RECORD_ATTENDANCE, Target(organisation_id=meeting.organisation_id))
    _check_can_be_taken(meeting)
    known = {row.public_id: row for row in list_expected(actor, meeting)}
    length = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    if rest_present:
        marked = {mark.signup_public_id for mark in marks} | {name for name, row in known.items() if row.state}
        marks = marks + [Mark(name, AttendanceState.PRESENT) for name in known if name not in marked]
    changed = []
    for mark in marks:
        row = known.get(mark.signup_public_id)
        minutes = _minutes(mark, length)
        if row is not None and (row.state, row.minutes) != (mark.state, minutes):
            changed.append((row, mark.state, minutes))
    corrected = [change for change in changed if change[0].state is not None]
    if corrected and clock.now() > meeting.ends_at + CORRECTED_FREELY and not reason.strip():
        raise RuleBroken(N_("The meeting was more than 48 hours ago: write why you correct it."), field="reason")
    _write(actor, meeting, changed)
    for row, state, minutes in corrected:
        before, after = {"state": row.state, "minutes": row.minutes}, {"state": state, "minutes": minutes}
        values = {"occurrence": meeting.id, "before": before, "after": after, "reason": reason.strip()}
        audit.record(actor, "correct_attendance", "signup", row.id, **values)
    return len(changed)


@dataclass(frozen=True, slots=True)
class Entered:
    """Who came in by their code: `already_at` where they were in before, and nothing was changed."""

    name: str
    minutes_late: int
    already_at: datetime | None


def check_in(actor: Actor, occurrence_public_id: str, code: str) -> Entered:
    """Mark whoever shows this code as present, or late by the clock; a code shown twice changes nothing.

    Raises RuleBroken for a code of another activity, and for none.
    """
    meeting = get_meeting(actor, occurrence_public_id)
    check_can(actor, Action.RECORD_ATTENDANCE, Target(organisation_id=meeting.organisation_id))
    expected = {row.public_id: row for row in list_expected(actor, meeting)}
    if clock.now() >= meeting.ends_at:
        raise RuleBroken(N_("The meeting is over: mark who was there in the list."), field="code")
    row = expected[find_signup(code, expected)]
    if row.state in IS_IN:
        return Entered(row.given_name, 0, row.recorded_at)
    late = minutes_late(meeting.starts_at, clock.now())
    state = AttendanceState.LATE if late else AttendanceState.PRESENT
    record_attendance(actor, occurrence_public_id, [Mark(row.public_id, state, late)])
    return Entered(row.given_name, late, None)


def minutes_late(starts_at: datetime, at: datetime) -> int:
    """Return by how many minutes somebody comes late; the first five are nobody's."""
    missed = int((at - starts_at).total_seconds() // 60)
    return missed if missed > NOT_LATE_MINUTES else 0


def _check_can_be_taken(meeting: MeetingRow) -> None:
    if meeting.state is OccurrenceState.CANCELLED:
        raise RuleBroken(N_("This meeting was cancelled."))
    if clock.now() < meeting.starts_at - OPENS_BEFORE:
        raise RuleBroken(N_("Attendance can be taken from 30 minutes before the start."))


def _minutes(mark: Mark, length: int) -> int | None:
    if mark.state is None:
        return None
    if mark.state in (AttendanceState.ABSENT, AttendanceState.EXCUSED):
        return 0
    if not 0 <= mark.minutes_missed <= length:
        where = f"minutes-{mark.signup_public_id}"
        raise RuleBroken(N_("The minutes missed cannot be more than the meeting lasts."), field=where)
    return length - mark.minutes_missed


def _write(actor: Actor, meeting: MeetingRow, changed: list[tuple[ExpectedRow, AttendanceState | None, int | None]]) -> None:
    """Write all marks in one statement, and take back those that are none any more in another."""
    made = [(row.id, state.value, minutes) for row, state, minutes in changed if state is not None]
    taken_back = [row.id for row, state, _ in changed if state is None]
    if made:
        signups, states, minutes = (list(column) for column in zip(*made, strict=True))
        values = {"signups": signups, "states": states, "minutes": minutes, "occurrence": meeting.id}
        writing().execute(_MARK, {**values, "by": actor.person_id, "now": clock.now()})
    if taken_back:
        marked = Attendance.occurrence_id == meeting.id, Attendance.signup_id.in_(taken_back)
        writing().execute(sa.delete(Attendance).where(*marked))
    if changed:
        audit.record(actor, "record_attendance", "occurrence", meeting.id, marks=len(changed))
