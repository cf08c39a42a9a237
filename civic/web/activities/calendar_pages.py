"""What the calendar shows: a month as weeks, and as the list of its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for

from civic.activities.queries.lists import CalendarRow
from civic.kernel import clock
from civic.web.activities.scope import Chip


@dataclass(frozen=True, slots=True)
class CalendarDay:
    day: date
    in_month: bool
    is_today: bool
    meetings: tuple[CalendarRow, ...]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    month: date
    weeks: tuple[tuple[CalendarDay, ...], ...]
    days: tuple[CalendarDay, ...]
    is_cut: bool
    chips: tuple[Chip, ...]
    previous_url: str
    next_url: str

    def url_of(self, meeting: CalendarRow) -> str:
        """Return the address of the activity that a meeting belongs to."""
        return url_for("activities.activity", slug=meeting.slug)


def month_of(text: str | None) -> date:
    """Return the first day of the month `YYYY-MM`, of the present month where it cannot be understood."""
    try:
        year, month = (text or "").split("-")
        first = date(int(year), int(month), 1)
    except ValueError:
        return clock.today().replace(day=1)
    return first if 2016 <= first.year <= 2100 else clock.today().replace(day=1)


def month_after(month: date) -> date:
    """Return the first day of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def calendar_page(month: date, meetings: Sequence[CalendarRow], is_cut: bool, chips: tuple[Chip, ...]) -> CalendarPage:
    """Return the month as weeks from Monday, and as the list of its days that have meetings."""
    kept = {chip.name: chip.value for chip in chips}
    by_day: dict[date, list[CalendarRow]] = {}
    for meeting in meetings:
        by_day.setdefault(clock.to_rome(meeting.starts_at).date(), []).append(meeting)
    first = month - timedelta(days=month.weekday())
    days = [_calendar_day(first + timedelta(days=number), month, by_day) for number in range(42)]
    weeks = [tuple(days[start : start + 7]) for start in range(0, 42, 7)]
    before = (month - timedelta(days=1)).replace(day=1)
    return CalendarPage(
        month=month,
        weeks=tuple(week for week in weeks if any(day.in_month for day in week)),
        days=tuple(day for day in days if day.meetings and day.in_month),
        is_cut=is_cut,
        chips=chips,
        previous_url=url_for("activities.calendar", mese=before.strftime("%Y-%m"), **kept),
        next_url=url_for("activities.calendar", mese=month_after(month).strftime("%Y-%m"), **kept),
    )


def _calendar_day(day: date, month: date, by_day: dict[date, list[CalendarRow]]) -> CalendarDay:
    return CalendarDay(day, day.month == month.month, day == clock.today(), tuple(by_day.get(day, ())))
