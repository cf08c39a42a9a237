"""Holidays of Bologna, day by day, against the list made from the law."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from civic.kernel.calendar import is_holiday, is_school_break, is_sunday_or_holiday

LIST = Path(__file__).parent.parent / "data" / "festivita_bologna_2016_2030.csv"


def listed_days() -> set[date]:
    with LIST.open(encoding="utf-8") as handle:
        return {date.fromisoformat(row["data"]) for row in csv.DictReader(handle)}


def test_every_day_of_fifteen_years_agrees_with_the_list():
    expected = listed_days()
    day, last = date(2016, 1, 1), date(2030, 12, 31)
    wrong = []
    while day <= last:
        if is_holiday(day) != (day in expected):
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 10, 4), True),  # San Petronio, before it was a national holiday too
        (date(2027, 10, 4), True),
        (date(2026, 11, 1), True),  # All Saints on the Sunday of National Unity
        (date(2025, 11, 2), False),  # National Unity alone
        (date(2027, 3, 29), True),  # Easter Monday
        (date(2026, 11, 26), False),
    ],
)
def test_particular_days(day, expected):
    assert is_holiday(day) is expected


def test_a_sunday_is_no_working_day_even_when_it_is_no_holiday():
    assert not is_holiday(date(2026, 11, 29))
    assert is_sunday_or_holiday(date(2026, 11, 29))
    assert is_sunday_or_holiday(date(2026, 12, 8))
    assert not is_sunday_or_holiday(date(2026, 12, 9))


@pytest.mark.parametrize(
    ("day", "is_break"),
    [
        (date(2026, 11, 2), True),
        (date(2026, 11, 3), False),
        (date(2026, 12, 23), False),
        (date(2026, 12, 24), True),
        (date(2027, 1, 6), True),
        (date(2027, 1, 7), False),
        (date(2026, 4, 1), False),
        (date(2026, 4, 2), True),
        (date(2026, 4, 7), True),
        (date(2026, 4, 8), False),
        (date(2026, 7, 15), False),
    ],
)
def test_schools_of_the_region_are_closed_on_the_days_of_its_rule(day, is_break):
    assert is_school_break(day) is is_break
