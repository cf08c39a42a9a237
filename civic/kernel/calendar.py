"""Which days are holidays in Bologna, and when its schools are shut: what waking hours, recurring dates and deadlines skip."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

_SUNDAY = 6
# The package lists the first Sunday of November: it is a day of remembrance, not a holiday of its own.
_NATIONAL_UNITY = "Giorno dell'unità nazionale"
_EASTER_MONDAY = "Lunedì dell'Angelo"


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> frozenset[date]:
    """Return the national holidays of `year` and San Petronio, patron of Bologna (4 October)."""
    known = holidays.country_holidays("IT", subdiv="BO", years=year, expand=False, language="it_IT")
    return frozenset(day for day in known if known.get_list(day) != [_NATIONAL_UNITY])


def is_holiday(day: date) -> bool:
    """Whether `day` is a national holiday or the feast of Bologna's patron."""
    return day in _holidays_of(day.year)


def is_sunday_or_holiday(day: date) -> bool:
    """Whether `day` is one on which nobody has to answer."""
    return day.weekday() == _SUNDAY or is_holiday(day)


def is_school_break(day: date) -> bool:
    """Whether lessons are suspended on `day` in Emilia-Romagna: All Souls, Christmas, Easter.

    The same rule every year (regional resolution 353/2012): 2 November; 24 December to 6 January; the three days before Easter
    to the Tuesday after it. Summer is no break in this sense, and what a single school adds is not known here.
    """
    if (day.month, day.day) == (11, 2):
        return True
    if (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 6):
        return True
    monday = _easter_monday(day.year)
    return monday - timedelta(days=4) <= day <= monday + timedelta(days=1)


@lru_cache(maxsize=64)
def _easter_monday(year: int) -> date:
    known = holidays.country_holidays("IT", years=year, expand=False, language="it_IT")
    return known.get_named(_EASTER_MONDAY)[0]
