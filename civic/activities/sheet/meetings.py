"""Dates and hours of a row become its meetings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from civic.activities.sheet.days import PlannedDay, read_days
from civic.activities.sheet.hours import Hours, meeting, read_hours
from civic.activities.sheet.types import CellProblem, FieldError
from civic.kernel import clock
from civic.kernel.i18n import N_, format_day, format_time

Meetings = tuple[tuple[datetime, datetime], ...]
Found = TypeVar("Found")


def read_meetings(dates: str, hours: str, report: Callable[[str, CellProblem], None]) -> tuple[Meetings, list[FieldError]]:
    """Return the meetings in order and what was noticed; each problem goes to `report` with the key of its column."""
    planned, notes = _tried(lambda: read_days(dates), "dates", report) or ([], [])
    usual = _tried(lambda: read_hours(hours), "hours", report) if hours else None
    if hours and usual is None:
        return (), []
    meetings = _tried(lambda: _all(planned, usual or (), notes), "hours", report)
    if not meetings:
        return (), []
    clash = next((after[0] for before, after in pairwise(meetings) if after[0] < before[1]), None)
    if clash is not None:
        at = clock.to_rome(clash).strftime("%d/%m/%Y %H:%M")
        report("dates", CellProblem(N_("Two meetings overlap: the one of %(moment)s begins before the other ends."), moment=at))
        return (), []
    return meetings, notes


def _tried(read: Callable[[], Found], key: str, report: Callable[[str, CellProblem], None]) -> Found | None:
    try:
        return read()
    except CellProblem as problem:
        report(key, problem)
        return None


def _all(planned: list[PlannedDay], usual: tuple[Hours, ...], notes: list[FieldError]) -> Meetings:
    meetings, at_night = [], []
    for one in planned:
        ranges = read_hours(one.hours) if one.hours else usual
        if not ranges:
            raise CellProblem(N_("Write from when to when, like 17:00-19:00."))
        for hours in ranges:
            starts_at, ends_at, moved = meeting(one.day, hours, one.in_series)
            if moved:
                notes.append(_moved_note(starts_at, ends_at))
            if hours.end.minutes < hours.start.minutes:
                at_night.append((starts_at, ends_at))
            meetings.append((starts_at, ends_at))
    if at_night:
        notes.append(_night_note(*min(at_night)))
    return tuple(sorted(meetings))


def _moved_note(starts_at: datetime, ends_at: datetime) -> FieldError:
    local = clock.to_rome(starts_at)
    hours, minutes = divmod((ends_at - starts_at) // timedelta(minutes=1), 60)
    return FieldError(
        "",
        N_("The clock changes on %(date)s: this meeting begins at %(time)s and lasts %(hours)s h %(minutes)s min."),
        {"date": local.strftime("%d/%m/%Y"), "time": local.strftime("%H:%M"), "hours": hours, "minutes": f"{minutes:02d}"},
    )


def _night_note(starts_at: datetime, ends_at: datetime) -> FieldError:
    """Say of the first meeting of the row when it ends: the others do as it does."""
    values = {"date": format_day(starts_at), "time": format_time(ends_at), "day": format_day(ends_at)}
    return FieldError("", N_("The meeting of %(date)s goes on after midnight, until %(time)s of %(day)s."), values)
