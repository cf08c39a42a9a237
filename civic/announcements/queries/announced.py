"""What was announced, to how many, and to whom it would go now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ACCOUNT_AGE, ADULT_AGE
from civic.activities.models import Attendance, Occurrence, Signup
from civic.activities.types import AttendanceState
from civic.announcements.models import Announcement
from civic.announcements.types import STATES, Audience
from civic.kernel import clock
from civic.kernel.db import session


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """An announcement with the name of who wrote it."""

    id: int
    audience: Audience
    text: str
    told: int
    created_at: datetime
    author: str


def list_of(activity_id: int, limit: int = 100) -> Sequence[AnnouncementRow]:
    """Return what was announced in the activity, newest first."""
    statement = (
        sa.select(Announcement, Person)
        .join(Person, Person.id == Announcement.created_by_id)
        .where(Announcement.activity_id == activity_id)
        .order_by(Announcement.created_at.desc(), Announcement.id.desc())
        .limit(limit)
    )
    return [
        AnnouncementRow(one.id, one.audience, one.text, one.told, one.created_at, author.full_name)
        for one, author in session().execute(statement)
    ]


def count_by_audience(activity_id: int) -> dict[Audience, int]:
    """Return how many signups each audience has now."""
    counts = [sa.func.count().filter(_is_of(activity_id, audience)) for audience in Audience]
    row = session().execute(sa.select(*counts).select_from(Signup).where(_is_in(activity_id))).one()
    return dict(zip(Audience, row, strict=True))


def list_signups_told(announcement_id: int) -> Sequence[int]:
    """Return the ids of the signups that the announcement is for, as they stand now."""
    found = session().get_one(Announcement, announcement_id)
    theirs = _is_in(found.activity_id), _is_of(found.activity_id, found.audience)
    return session().scalars(sa.select(Signup.id).where(*theirs)).all()


def is_young_alone(activity_id: int, audience: Audience) -> bool:
    """Whether somebody from 14 to 17, who would be written to themselves, is in the audience now."""
    today = clock.today()
    is_young = sa.and_(
        Person.birth_on > born_on_or_before(ADULT_AGE, today), Person.birth_on <= born_on_or_before(ACCOUNT_AGE, today)
    )
    theirs = sa.exists().where(
        _is_in(activity_id), _is_of(activity_id, audience), Person.id == Signup.person_id, is_young
    )
    return bool(session().scalar(sa.select(theirs)))


def texts_of(ids: Sequence[int]) -> dict[int, str]:
    """Return the texts of announcements by id, read by one statement (none where there are no ids)."""
    if not ids:
        return {}
    statement = sa.select(Announcement.id, Announcement.text).where(Announcement.id.in_(ids))
    return {row.id: row.text for row in session().execute(statement)}


def _is_of(activity_id: int, audience: Audience) -> sa.ColumnElement[bool]:
    """Whether a signup of the activity belongs to the audience."""
    has_state = Signup.state.in_(sorted(STATES[audience]))
    if audience is not Audience.ABSENT:
        return has_state
    last_noted = (
        sa.select(Occurrence.id)
        .join(Attendance, Attendance.occurrence_id == Occurrence.id)
        .where(Occurrence.activity_id == activity_id)
        .order_by(Occurrence.starts_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    was_absent = sa.exists().where(
        Attendance.signup_id == Signup.id,
        Attendance.occurrence_id == last_noted,
        Attendance.state.in_([AttendanceState.ABSENT, AttendanceState.EXCUSED]),
    )
    return sa.and_(has_state, was_absent)


def _is_in(activity_id: int) -> sa.ColumnElement[bool]:
    """Whoever has not confirmed the address yet hears of nothing but that."""
    return sa.and_(Signup.activity_id == activity_id, ~Signup.awaits_click)
