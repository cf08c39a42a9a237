"""Attendance: per signup and meeting, in minutes, so that hours can be added up later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.activities.models import Activity, Attendance, Occurrence, Opening, Signup
from civic.activities.policy import Action, Target, check_can, may_know
from civic.activities.types import AttendanceState, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
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
    occurrence = session().scalar(sa.select(Occurrence).where(Occurrence.public_id == occurrence_public_id))
    if occurrence is None:
        raise NotFound
    organisation_id = session().scalar(sa.select(Activity.organisation_id).where(Activity.id == occurrence.activity_id))
    if not may_know(actor, organisation_id):
        raise NotFound
    check_can(actor, Action.RECORD_ATTENDANCE, Target(organisation_id=organisation_id))
    now = clock.now()
    if now < occurrence.starts_at - OPENS_BEFORE:
        raise RuleBroken(N_("Attendance can be taken from 30 minutes before the start."))
    known = _confirmed_of(occurrence)
    length = int((occurrence.ends_at - occurrence.starts_at).total_seconds() // 60)
    rows = [
        {
            "signup_id": known[mark.signup_public_id],
            "occurrence_id": occurrence.id,
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
        audit.record(actor, "record_attendance", "occurrence", occurrence.id, marks=len(rows))
    return len(rows)


def _confirmed_of(occurrence: Occurrence) -> dict[str, int]:
    """Return public id -> id of the confirmed signups that this meeting is part of."""
    rows = session().execute(
        sa.select(Signup.public_id, Signup.id)
        .join(Opening, Opening.id == Signup.opening_id)
        .where(
            Opening.activity_id == occurrence.activity_id,
            sa.or_(Opening.occurrence_id.is_(None), Opening.occurrence_id == occurrence.id),
            Signup.state == SignupState.CONFIRMED,
        )
    )
    return dict(rows.all())


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
