"""Which days are holidays in Bologna: what waking hours, recurring dates and deadlines skip."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

_SUNDAY = 6
# The package lists the first Sunday of November: it is a day of remembrance, not a holiday of its own.
_NATIONAL_UNITY = "Giorno dell'unità nazionale"


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
