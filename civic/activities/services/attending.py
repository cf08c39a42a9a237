"""Attendance: per signup and meeting, in minutes, so that hours can be added up later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from civic.activities.door_codes import find_signup
from civic.activities.policy import Action, Target, check_can
from civic.activities.queries.participants import ExpectedRow, get_meeting, list_expected
from civic.activities.services import marks as writing_down
from civic.activities.services.marks import Noted
from civic.activities.types import AttendanceState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

NOT_LATE_MINUTES = 5
IS_IN = (AttendanceState.PRESENT, AttendanceState.LATE, AttendanceState.LEFT_EARLY)


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether somebody was there (`state` None: not recorded); `minutes_missed` counts late and early leaving.

    One that `settles` is written down though it is what is marked already: somebody who saw that two differed says so.
    """

    signup_public_id: str
    state: AttendanceState | None
    minutes_missed: int = 0
    settles: bool = False


def record_attendance(
    actor: Actor,
    occurrence_public_id: str,
    marks: Sequence[Mark],
    reason: str = "",
    *,
    rest_present: bool = False,
    seen_id: int | None = None,
) -> int:
    """Write who was there; the later mark wins, and the audit keeps the one before. Return how many marks changed.

    What was marked is corrected, or taken back, without a word until 48 hours after the meeting, then with a reason.
    With `rest_present` whoever has no mark, neither before nor now, was there. `seen_id` is the last event that the page
    knew of (None: all there are).
    """
    meeting = get_meeting(actor, occurrence_public_id, is_locked=True)
    check_can(actor, Action.RECORD_ATTENDANCE, Target(organisation_id=meeting.organisation_id))
    writing_down.check_can_be_taken(meeting)
    known = {row.public_id: row for row in list_expected(actor, meeting)}
    if rest_present:
        marks = [*marks, *_rest(marks, known)]
    made, now = [], clock.now()
    for mark in marks:
        minutes = writing_down.minutes_of(meeting, mark.state, mark.minutes_missed, f"minutes-{mark.signup_public_id}")
        row = known.get(mark.signup_public_id)
        if row is not None:
            one = Noted(uuid4(), row, mark.state, minutes, now, seen_id)
            if one.changes or mark.settles:
                made.append(one)
    if writing_down.is_late_to_correct(meeting) and any(one.corrects for one in made) and not reason.strip():
        raise RuleBroken(writing_down.NEEDS_REASON, field="reason")
    writing_down.write(actor, meeting, made, reason=reason)
    return sum(1 for one in made if one.changes)


def _rest(marks: Sequence[Mark], known: Mapping[str, ExpectedRow]) -> list[Mark]:
    marked = {mark.signup_public_id for mark in marks} | {name for name, row in known.items() if row.state}
    return [Mark(name, AttendanceState.PRESENT) for name in known if name not in marked]


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
    meeting = get_meeting(actor, occurrence_public_id, is_locked=True)
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
