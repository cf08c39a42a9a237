"""How long a certificate is good, and what a workshop for minors needs: decided without a database."""

from __future__ import annotations

from datetime import date

import pytest

from civic.activities.age_limits import admits_minors
from civic.activities.types import AgeBasis
from civic.kernel.errors import RuleBroken
from civic.safeguarding import rules
from civic.safeguarding.types import Adult, Conducted, Outcome

TODAY = date(2026, 11, 23)
ANNA = Adult("Anna Rossi", Outcome.CLEAR, date(2027, 3, 1))


@pytest.mark.parametrize(
    ("issued", "until"),
    [
        (date(2026, 11, 23), date(2027, 5, 23)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 6, 30), date(2026, 12, 30)),
    ],
)
def test_a_certificate_is_good_for_six_months_and_the_last_day_counts(issued, until):
    assert rules.valid_until_of(issued) == until
    adult = Adult("Anna", Outcome.CLEAR, until)
    assert rules.standing_on(adult, until) == "valid"
    assert rules.standing_on(adult, date.fromordinal(until.toordinal() + 1)) == "expired"


@pytest.mark.parametrize(
    ("issued", "seen", "field", "says"),
    [
        (date(2026, 11, 24), date(2026, 11, 24), "issued_on", "still to come"),
        (date(2026, 11, 20), date(2026, 11, 24), "seen_on", "still to come"),
        (date(2026, 11, 20), date(2026, 11, 19), "seen_on", "before it is issued"),
        (date(2026, 5, 22), date(2026, 11, 20), "issued_on", "six months"),
    ],
)
def test_dates_that_cannot_be_are_told_each_beside_its_field(issued, seen, field, says):
    with pytest.raises(RuleBroken, match=says) as refused:
        rules.check_dates(issued, seen, Outcome.CLEAR, TODAY)
    assert refused.value.field == field


def test_what_is_not_clear_may_be_declared_of_an_old_certificate_too():
    rules.check_dates(date(2026, 1, 1), date(2026, 1, 2), Outcome.NOT_CLEAR, TODAY)
    assert rules.standing_on(Adult("X", Outcome.NOT_CLEAR, date(2026, 7, 1)), TODAY) == "not_clear"


def missing(*adults: Adult, places: int = 10, first_day: date | None = date(2026, 12, 7)) -> list[str]:
    return [one.message % one.values for one in rules.list_missing(Conducted(places, first_day, adults), TODAY)]


def test_a_workshop_whose_adults_are_all_clear_lacks_nothing():
    assert missing(ANNA) == [] and missing(ANNA, first_day=None) == []


def test_a_workshop_without_anybody_who_conducts_is_told_so_and_nothing_else():
    assert len(missing(places=100)) == 1 and missing()[0].startswith("Say who conducts it")


@pytest.mark.parametrize(
    ("adult", "says"),
    [
        (Adult("Ugo Neri"), "about Ugo Neri is missing"),
        (Adult("Ugo Neri", Outcome.NOT_CLEAR, date(2027, 3, 1)), "Ugo Neri cannot conduct"),
        (Adult("Ugo Neri", Outcome.CLEAR, date(2026, 11, 22)), "about Ugo Neri ended on"),
        (Adult("Ugo Neri", Outcome.CLEAR, date(2026, 12, 6)), "before the first meeting"),
    ],
)
def test_each_adult_who_cannot_conduct_is_named_with_the_reason(adult, says):
    (said,) = missing(ANNA, adult)
    assert says in said


def test_once_it_has_begun_the_certificate_is_judged_on_the_day_it_is():
    assert missing(Adult("Ugo", Outcome.CLEAR, TODAY), first_day=date(2026, 11, 1)) == []


@pytest.mark.parametrize(("first_day", "clear"), [(date(2027, 5, 23), False), (date(2027, 5, 24), True)])
def test_what_begins_further_ahead_than_any_certificate_reaches_is_judged_today(first_day, clear):
    assert (missing(ANNA, first_day=first_day) == []) is clear


@pytest.mark.parametrize(("places", "needed"), [(1, 1), (15, 1), (16, 2), (30, 2), (31, 3), (0, 1)])
def test_one_adult_for_every_fifteen_places_begun(places, needed):
    assert rules.adults_needed(places) == needed
    adults = [Adult(f"A{number}", Outcome.CLEAR, date(2027, 3, 1)) for number in range(needed)]
    assert missing(*adults, places=places) == []
    if needed > 1:
        (said,) = missing(*adults[1:], places=places)
        assert f"{needed} adults are needed" in said


@pytest.mark.parametrize(
    ("age_min", "basis", "admits"),
    [
        (None, AgeBasis.FIRST_DAY, True),
        (17, AgeBasis.FIRST_DAY, True),
        (18, AgeBasis.FIRST_DAY, False),
        (18, AgeBasis.SCHOOL_YEAR, True),
        (19, AgeBasis.SCHOOL_YEAR, False),
    ],
)
def test_who_turns_eighteen_within_the_school_year_may_come_as_a_minor(age_min, basis, admits):
    assert admits_minors(age_min, basis) is admits
