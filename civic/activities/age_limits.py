"""Who is of the right age: judged once, for the first day, by completed years or by the school year."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from civic.accounts.rules import age_on, birthday_in, born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.activities.rules import first_day
from civic.activities.types import AgeBasis, OpeningFacts
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, format_day

_SCHOOL_YEAR_BEGINS = 9
"""The school year runs from 1 September to 31 August (D.Lgs. 297/1994, art. 74)."""


def check_age_band(birth_on: date | None, opening: OpeningFacts) -> None:
    """Raise RuleBroken unless the person is of the right age on the day of the first meeting."""
    if opening.age_min is None and opening.age_max is None:
        return
    if birth_on is None:
        raise RuleBroken(N_("We need your date of birth: this activity is for certain ages."), field="birth_on")
    if opening.age_basis is AgeBasis.SCHOOL_YEAR:
        _check_birth_year(birth_on.year, opening)
    else:
        _check_completed_years(birth_on, opening)


def birthdays_of(opening: OpeningFacts) -> tuple[date | None, date | None]:
    """Return the first and the last birthday of those who are of the right age; None where it asks for none."""
    day = first_day(opening)
    if opening.age_basis is AgeBasis.SCHOOL_YEAR:
        first, last = birth_years(opening.age_min, opening.age_max, day)
        return (None if first is None else date(first, 1, 1)), (None if last is None else date(last, 12, 31))
    first = None if opening.age_max is None else born_on_or_before(opening.age_max + 1, day) + timedelta(days=1)
    return first, (None if opening.age_min is None else born_on_or_before(opening.age_min, day))


def admits_minors(age_min: int | None, basis: AgeBasis) -> bool:
    """Whether somebody not of age may take part: those who turn 18 within a school year begin it as minors."""
    return age_min is None or age_min < ADULT_AGE or (basis is AgeBasis.SCHOOL_YEAR and age_min == ADULT_AGE)


def birth_years(age_min: int | None, age_max: int | None, day: date) -> tuple[int | None, int | None]:
    """Return the first and the last year of birth that the ages mean in the school year of `day`; None where open.

    A class is made of those who reach an age by 31 December of the year in which it begins (DPR 89/2009, art. 4).
    """
    year = school_year_of(day)
    return (None if age_max is None else year - age_max), (None if age_min is None else year - age_min)


def school_year_of(day: date) -> int:
    """Return the calendar year in which the school year of `day` began."""
    return day.year if day.month >= _SCHOOL_YEAR_BEGINS else day.year - 1


def school_year_around(day: date) -> tuple[datetime, datetime]:
    """Return the instants at which the school year of `day` begins and ends."""
    year = school_year_of(day)
    first, next_first = (date(one, _SCHOOL_YEAR_BEGINS, 1) for one in (year, year + 1))
    return clock.rome_midnight(first), clock.rome_midnight(next_first)


def _check_birth_year(year: int, opening: OpeningFacts) -> None:
    first, last = birth_years(opening.age_min, opening.age_max, first_day(opening))
    if (first is None or first <= year) and (last is None or year <= last):
        return
    if first is None:
        raise RuleBroken(N_("This activity is for those born in %(year)s or before."), field="birth_on", year=last)
    if last is None:
        raise RuleBroken(N_("This activity is for those born in %(year)s or after."), field="birth_on", year=first)
    raise RuleBroken(
        N_("This activity is for those born from %(first)s to %(last)s."), field="birth_on", first=first, last=last
    )


def _check_completed_years(birth_on: date, opening: OpeningFacts) -> None:
    age = age_on(birth_on, first_day(opening))
    if opening.age_min is not None and age < opening.age_min:
        raise RuleBroken(
            N_("This activity is from %(age)s years of age. You will be %(age)s on %(day)s, after it begins."),
            field="birth_on",
            age=opening.age_min,
            day=format_day(birthday_in(birth_on, birth_on.year + opening.age_min)),
        )
    if opening.age_max is not None and age > opening.age_max:
        raise RuleBroken(
            N_("This activity is for those up to %(age)s years of age on the first day."),
            field="birth_on",
            age=opening.age_max,
        )
