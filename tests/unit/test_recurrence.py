"""Meetings that repeat: the wall clock stays, holidays are left out, strange hours are told."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from civic.activities.recurrence import Typed, expand
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import _, use_language


def local(series) -> list[str]:
    return [clock.to_rome(start).strftime("%d/%m %H:%M") for start, _ in series.meetings]


def test_six_at_night_stays_six_when_the_clock_changes():
    series = expand(Typed(date(2026, 10, 20), time(18), time(20)), times=3)
    assert local(series) == ["20/10 18:00", "27/10 18:00", "03/11 18:00"]
    assert series.notes == ()


def test_a_holiday_is_left_out_and_told_and_the_count_stays():
    series = expand(Typed(date(2026, 12, 18), time(17), time(19)), times=3)
    assert local(series) == ["18/12 17:00", "08/01 17:00", "15/01 17:00"]
    assert len(series.notes) == 2


def test_a_series_that_follows_the_school_leaves_out_its_breaks_and_says_so():
    series = expand(Typed(date(2026, 12, 16), time(17), time(19), follows_school=True), times=3)
    assert local(series) == ["16/12 17:00", "23/12 17:00", "13/01 17:00"]
    assert _(series.notes[0].message, **series.notes[0].values) == "mercoledì 30 dicembre 2026 le scuole sono chiuse: saltato."
    assert len(expand(Typed(date(2026, 12, 16), time(17), time(19)), times=3).notes) == 0


def test_it_ends_with_the_last_day():
    assert len(expand(Typed(date(2026, 11, 2), time(17), time(19)), until=date(2026, 11, 23)).meetings) == 4
    assert len(expand(Typed(date(2026, 11, 2), time(17), time(19)), times=2, until=date(2026, 11, 23)).meetings) == 2


def test_an_hour_that_does_not_exist_is_refused_when_typed_and_moved_when_repeated():
    with pytest.raises(RuleBroken) as refusal:
        expand(Typed(date(2026, 3, 29), time(2, 30), time(4)))
    assert refusal.value.field == "starts"
    series = expand(Typed(date(2026, 3, 22), time(2, 30), time(4)), times=2)
    assert local(series)[1] == "29/03 03:30" and len(series.notes) == 1


def test_an_hour_that_comes_twice_is_asked_when_typed_and_is_the_first_when_repeated():
    with pytest.raises(RuleBroken) as refusal:
        expand(Typed(date(2026, 10, 25), time(2, 30), time(4)))
    assert refusal.value.field == "fold"
    first = expand(Typed(date(2026, 10, 25), time(2, 30), time(4), 0)).meetings[0]
    second = expand(Typed(date(2026, 10, 25), time(2, 30), time(4), 1)).meetings[0]
    assert (second[0] - first[0]).total_seconds() == 3600 and first[1] == second[1]
    series = expand(Typed(date(2026, 10, 18), time(2, 30), time(4)), times=2)
    assert series.meetings[1][0] == first[0] and len(series.notes) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [({"times": 61}, "times"), ({"until": date(2026, 11, 1)}, "until")],
)
def test_numbers_that_make_no_sense_are_refused_on_their_field(more, field):
    with pytest.raises(RuleBroken) as refusal:
        expand(Typed(date(2026, 11, 2), time(17), time(19)), **more)
    assert refusal.value.field == field


def test_the_end_comes_after_the_start():
    with pytest.raises(RuleBroken) as refusal:
        expand(Typed(date(2026, 11, 2), time(17), time(17)))
    assert refusal.value.field == "ends"


def test_an_end_earlier_than_the_start_is_of_the_next_day_and_is_told():
    series = expand(Typed(date(2026, 12, 5), time(22), time(1)), times=2)
    spans = [(clock.to_rome(end).strftime("%d/%m %H:%M"), end - start) for start, end in series.meetings]
    assert spans == [("06/12 01:00", timedelta(hours=3)), ("13/12 01:00", timedelta(hours=3))]
    with use_language("it"):
        (note,) = series.notes
        assert _(note.message, time="01:00", day="domenica 6 dicembre") == (
            "Va avanti dopo mezzanotte, fino alle 01:00 di domenica 6 dicembre."
        )


def test_two_hours_that_were_exchanged_are_no_night():
    with pytest.raises(RuleBroken, match="after the start"):
        expand(Typed(date(2026, 12, 5), time(17), time(16)))
