"""Dates and hours are understood as people write them, and refused with a sentence where they cannot be."""

from datetime import UTC, date, datetime

import pytest

from civic.activities.sheet.days import read_day, read_days
from civic.activities.sheet.hours import meeting, read_hours
from civic.activities.sheet.meetings import read_meetings
from civic.activities.sheet.types import CellProblem
from civic.kernel import clock
from civic.kernel.i18n import _, use_language


def days(text: str) -> list[str]:
    return [planned.day.strftime("%d/%m/%y") for planned in read_days(text)[0]]


def refusal(read, *args) -> str:
    with pytest.raises(CellProblem) as caught:
        read(*args)
    with use_language("en"):
        return _(caught.value.message, **caught.value.values)


def meetings(dates: str, hours: str):
    problems = []
    found, notes = read_meetings(dates, hours, lambda key, problem: problems.append((key, problem.message)))
    return found, notes, problems


@pytest.mark.parametrize(
    "typed",
    [
        "26/11/2026",
        "26-11-2026",
        "26.11.26",
        "2026-11-26",
        "gio 26 nov 2026",
        "Gio. 26 nov. 2026",
        "giovedì, 26 novembre 2026",
        "GIOVEDI 26 NOVEMBRE 2026",
        "il 26 novembre del 2026",
        " 26 / 11 / 2026 ",
    ],
)
def test_one_day_is_understood_in_every_spelling(typed):
    assert read_day(typed) == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("26/11, 3/12 e 10/12/2026", ["26/11/26", "03/12/26", "10/12/26"]),
        ("5, 12 e 19 marzo 2027", ["05/03/27", "12/03/27", "19/03/27"]),
        ("20/12, 10/1/2027", ["20/12/26", "10/01/27"]),
        ("lun 7 e mar 8 giugno 2027", ["07/06/27", "08/06/27"]),
        ("1º marzo 2027\n8 marzo 2027", ["01/03/27", "08/03/27"]),
        ("10/12/2026; 26/11/2026", ["26/11/26", "10/12/26"]),
    ],
)
def test_several_days_share_what_is_written_once(typed, expected):
    assert days(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "ogni giovedì dal 26/11/2026 al 17/12/2026 tranne 10/12",
            ["26/11/26", "03/12/26", "17/12/26"],
        ),
        ("ogni giovedì dal 26/11 al 17/12/2026 (escluso il 3 dicembre)", ["26/11/26", "10/12/26", "17/12/26"]),
        ("tutti i martedì e i giovedì dal 1/12/2026 al 10/12/2026 tranne i festivi", ["01/12/26", "03/12/26", "10/12/26"]),
        ("ogni lunedì dal 14/12/2026 al 18/1/2027 tranne dal 24/12 al 6/1", ["14/12/26", "21/12/26", "11/01/27", "18/01/27"]),
        ("ogni sabato a settimane alterne dal 9/1/2027 al 6/2/2027", ["09/01/27", "23/01/27", "06/02/27"]),
        ("ogni giorno dall'11 al 13 gennaio 2027", ["11/01/27", "12/01/27", "13/01/27"]),
        ("ogni mercoledì dal 2/12 al 9/12/2026; sab 12/12/2026", ["02/12/26", "09/12/26", "12/12/26"]),
    ],
)
def test_a_weekday_from_a_day_to_another_becomes_its_days(typed, expected):
    assert days(typed) == expected


def test_an_exception_that_was_no_meeting_anyway_is_only_noted():
    found, notes = read_days("ogni giovedì dal 26/11/2026 al 17/12/2026 tranne 8/12")
    assert len(found) == 4
    assert [note.values["date"] for note in notes] == ["08/12/2026"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("26/11", "“26/11” needs day, month and year, like 26/11/2026."),
        ("31/2/2027", "“31/2/2027” is not in the calendar."),
        ("ven 26/11/2026", "“ven 26/11/2026”: 26/11/2026 is another day of the week."),
        ("26/11/1026", "“26/11/1026”: is the year right?"),
        ("ogni giovedì dal 17/12/2026 al 26/11/2026", "the end must come after the beginning, within a year."),
        ("ogni giovedì dal 17/12/2026 al 26/11/2029", "the end must come after the beginning, within a year."),
        ("ogni giovedì dal 27/11/2026 al 30/11/2026", "no day is left."),
        ("ogni giovedì dal 26/11/2026 al 17/12/2026 tranne 8/1", "The exception “8/1” is not between the two dates."),
        ("ogni tanto", "is no date we understand."),
        ("prossimamente", "“prossimamente” is no date we understand."),
        ("28/11/2026 15-18, 9-12, 29/11/2026", "“9-12” needs day, month and year"),
        ("  ", "This cannot be empty."),
        ("ogni giorno dal 1/1/2027 al 31/12/2027", "These are more than 200 meetings."),
        ("1" * 2000, "This is longer than 1000 characters."),
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence(typed, sentence):
    assert sentence in refusal(read_days, typed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("17:00-19:00", [(1020, 1140)]),
        ("17.00 - 19.00", [(1020, 1140)]),
        ("17–19", [(1020, 1140)]),
        ("dalle 17 alle 19:30", [(1020, 1170)]),
        ("ore 9-12 e 14:30-17", [(540, 720), (870, 1020)]),
        ("9.30/12.30; 15/18", [(570, 750), (900, 1080)]),
        ("22:00-24:00", [(1320, 1440)]),
    ],
)
def test_hours_are_understood_in_every_spelling(typed, expected):
    assert [(hours.start.minutes, hours.end.minutes) for hours in read_hours(typed)] == expected


@pytest.mark.parametrize("typed", ["", "17", "25:00-26:00", "17:75-18:00", "di sera", "17:00-19:00 circa", "9-12" * 80])
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(CellProblem):
        read_hours(typed)


def test_a_meeting_keeps_its_wall_clock_across_the_change_of_hour():
    found, notes, problems = meetings("ogni giovedì dal 25/3/2027 al 1/4/2027", "17:00-19:00")
    assert [start.hour for start, _end in found] == [16, 15]
    assert {clock.to_rome(start).hour for start, _end in found} == {17}
    assert not notes and not problems


def test_an_hour_that_does_not_exist_is_refused_with_the_reason():
    sentence = refusal(meeting, date(2027, 3, 28), read_hours("2:30-5")[0], False)
    assert sentence == "On 28/03/2027 the clock goes from 02:00 to 03:00, so 02:30 does not exist: write another time."


def test_an_hour_that_comes_twice_asks_which():
    sentence = refusal(meeting, date(2027, 10, 31), read_hours("2:30-5")[0], False)
    assert "write “02:30 legale” for the first or “02:30 solare” for the second" in sentence


@pytest.mark.parametrize(("typed", "hour"), [("02:30 legale-05:00", 0), ("02:30 solare-05:00", 1)])
def test_the_answer_which_of_the_two_is_understood(typed, hour):
    starts_at, _ends_at, moved = meeting(date(2027, 10, 31), read_hours(typed)[0], False)
    assert starts_at == datetime(2027, 10, 31, hour, 30, tzinfo=UTC)
    assert not moved


def test_a_series_moves_the_spring_hour_and_takes_the_first_of_autumn_with_a_note():
    spring, spring_notes, _problems = meetings("ogni domenica dal 21/3/2027 al 28/3/2027", "2:30-5")
    assert clock.to_rome(spring[1][0]).strftime("%H:%M") == "03:30"
    autumn, autumn_notes, _problems = meetings("ogni domenica dal 24/10/2027 al 31/10/2027", "2:30-5")
    assert autumn[1][0] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert len(spring_notes) == len(autumn_notes) == 1
    assert autumn_notes[0].values["hours"] == 3 and autumn_notes[0].values["minutes"] == "30"


def test_a_shift_may_pass_midnight_but_not_turn_back():
    starts_at, ends_at, _moved = meeting(date(2026, 12, 4), read_hours("21:00-0:30")[0], False)
    assert (ends_at - starts_at).seconds == 3.5 * 3600
    for typed in ("19:00-17:00", "17:00-17:00", "20:00-20:00", "9-7"):
        assert "must come after the beginning" in refusal(meeting, date(2026, 12, 4), read_hours(typed)[0], False)


def test_a_meeting_that_passes_midnight_is_told_in_words_once_for_a_row():
    with use_language("it"):
        found, notes, _problems = meetings("sab 5/12/2026; sab 12/12/2026", "22:00-1:00")
        said = [_(note.message, **note.values) for note in notes]
    assert len(found) == 2
    assert said == [
        "L'incontro di sabato 5 dicembre 2026 va avanti dopo mezzanotte, fino alle 01:00 di domenica 6 dicembre 2026."
    ]


def test_hours_beside_a_date_win_over_the_column():
    found, _notes, problems = meetings("sab 28/11/2026 9:00-12:00; dom 29 novembre 2026", "15-18")
    assert [clock.to_rome(start).hour for start, _end in found] == [9, 15]
    assert not problems


def test_two_ranges_of_hours_make_two_meetings_a_day():
    found, _notes, _problems = meetings("28/11/2026, 29/11/2026", "9-12 e 14-17")
    assert len(found) == 4


@pytest.mark.parametrize(
    ("dates", "hours", "column", "message"),
    [
        ("28/11/2026", "9-12, 11-13", "dates", "Two meetings overlap"),
        ("28/11/2026, 28/11/2026", "9-12", "dates", "Two meetings overlap"),
        ("28/11/2026", "", "hours", "Write from when to when"),
        ("", "9-12", "dates", "This cannot be empty."),
        ("28/11/2026", "mattina", "hours", "is no time we understand"),
    ],
)
def test_what_makes_no_meetings_is_told_at_its_column(dates, hours, column, message):
    found, _notes, problems = meetings(dates, hours)
    assert found == ()
    assert [key for key, _message in problems] == [column]
    assert message in problems[0][1]
