"""Deadlines count the hours in which people are awake: 08:00-20:00 in Rome, never on Sundays and holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from civic.kernel import clock
from civic.kernel.calendar import is_sunday_or_holiday

WAKES = time(8)
SLEEPS = time(20)
_LONGEST = 366


def add_waking_hours(start: datetime, hours: float) -> datetime:
    """Return the instant at which `hours` waking hours have passed since `start`."""
    left = timedelta(hours=hours)
    day = clock.to_rome(start).date()
    for _ in range(_LONGEST):
        opens, closes = _waking_span(day, start)
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
        day += timedelta(days=1)
    raise OverflowError("no deadline is a year away")


def waking_hours_between(start: datetime, end: datetime) -> float:
    """Return how many waking hours lie between two instants; 0 where `end` is not later."""
    total = timedelta()
    day = clock.to_rome(start).date()
    while day <= clock.to_rome(end).date() and start < end:
        opens, closes = _waking_span(day, start)
        total += max(min(closes, end) - opens, timedelta())
        day += timedelta(days=1)
    return total.total_seconds() / 3600


def _waking_span(day: date, not_before: datetime) -> tuple[datetime, datetime]:
    """Return from when to when people are awake on `day`, cut off before `not_before`; empty on days of rest."""
    opens = clock.from_rome(datetime.combine(day, WAKES))
    closes = clock.from_rome(datetime.combine(day, SLEEPS))
    if is_sunday_or_holiday(day):
        return opens, opens
    opens = max(opens, not_before)
    return opens, max(closes, opens)
