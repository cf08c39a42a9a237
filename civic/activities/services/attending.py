"""Attendance: per signup and meeting, in minutes, so that hours can be added up later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert

from civic.activities.models import Attendance
from civic.activities.policy import Action, Target, check_can
from civic.activities.queries.participants import get_meeting, list_expected
from civic.activities.types import AttendanceState, OccurrenceState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

OPENS_BEFORE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether somebody was there; `minutes_missed` counts late and early leaving."""

    signup_public_id: str
    state: AttendanceState
    minutes_missed: int = 0


def record_attendance(actor: Actor, occurrence_public_id: str, marks: list[Mark]) -> int:
    """Write who was there, all in one statement; the later mark wins. Return how many were written."""
    meeting = get_meeting(actor, occurrence_public_id)
    check_can(actor, Action.RECORD_ATTENDANCE, Target(organisation_id=meeting.organisation_id))
    now = clock.now()
    if meeting.state is OccurrenceState.CANCELLED:
        raise RuleBroken(N_("This meeting was cancelled."))
    if now < meeting.starts_at - OPENS_BEFORE:
        raise RuleBroken(N_("Attendance can be taken from 30 minutes before the start."))
    known = {row.public_id: row.id for row in list_expected(actor, meeting)}
    length = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    rows = [
        {
            "signup_id": known[mark.signup_public_id],
            "occurrence_id": meeting.id,
            "state": mark.state,
            "minutes": _minutes(mark, length),
            "recorded_by_id": actor.person_id,
            "recorded_at": now,
        }
        for mark in marks
        if mark.signup_public_id in known
    ]
    if rows:
        _upsert(rows)
        audit.record(actor, "record_attendance", "occurrence", meeting.id, marks=len(rows))
    return len(rows)


def _minutes(mark: Mark, length: int) -> int:
    if mark.state in (AttendanceState.ABSENT, AttendanceState.EXCUSED):
        return 0
    if not 0 <= mark.minutes_missed <= length:
        raise RuleBroken(N_("The minutes missed cannot be more than the meeting lasts."))
    return length - mark.minutes_missed


def _upsert(rows: list[dict]) -> None:
    statement = insert(Attendance).values(rows)
    writing().execute(
        statement.on_conflict_do_update(
            constraint="uq_attendance_signup_id_occurrence_id",
            set_={name: statement.excluded[name] for name in ("state", "minutes", "recorded_by_id", "recorded_at")},
        )
    )
