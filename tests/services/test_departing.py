"""Who collected a child is noted at the door: by whom the family named, and by others with a reason; for thirty days."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from civic.activities.queries.participants import get_meeting
from civic.activities.types import AttendanceState
from civic.care.models import Departure
from civic.care.queries.departures import Gone, is_to_be_collected, list_gone
from civic.care.queries.marks import marks_of
from civic.care.services import writing
from civic.care.services.departing import Exit, note_exits
from civic.care.types import Collection, Collector, WayHome
from civic.jobs import nightly
from civic.kernel import clock
from civic.reporting.personal_data import collect_personal_data
from tests import factories as make
from tests.care import TEXT, family

NONNA = "Nonna Ada"


@pytest.fixture
def there(tx):
    one = family()
    writing.write_collection(one.guardian, one.signup, Collection(False, (Collector(NONNA, "+393331234567"),)), TEXT)
    return one


def note(one, way, by="", reason="", *, minutes=100, event_id=None, sent=None, asks_reason=True) -> str:
    """Note how the child of the family goes home, so many minutes after the start; return what is said against it."""
    at = one.starts_at + timedelta(minutes=minutes)
    with clock.frozen(sent or at):
        meeting = make.occurrences_of(one.activity)[0].public_id
        exit_ = Exit(event_id or uuid4(), one.signup, way, by, reason, at)
        (said,) = note_exits(one.coordinator, meeting, [exit_], clock.now(), asks_reason=asks_reason).values()
    return str(said.message) if said else ""


def gone(one) -> Gone | None:
    with clock.frozen(one.starts_at):
        return list_gone(get_meeting(one.coordinator, make.occurrences_of(one.activity)[0].public_id)).get(one.signup_id)


def test_an_adult_whom_the_family_named_collects_without_a_word(there, tx):
    assert note(there, WayHome.NAMED_ADULT, NONNA) == ""
    assert (gone(there).way, gone(there).collected_by) == (WayHome.NAMED_ADULT, NONNA)
    # The name is readable in no column.
    assert NONNA.encode() not in bytes(tx.scalar(sa.select(Departure.collected_by)))


@pytest.mark.parametrize(
    ("way", "by", "reason", "said"),
    [
        (WayHome.NAMED_ADULT, "Zio Ugo", "", "has not named this adult"),
        (WayHome.OTHER_ADULT, "Zio Ugo", "", "why it was not one of those"),
        (WayHome.OTHER_ADULT, "", "La madre ha telefonato", "why it was not one of those"),
        (WayHome.OTHER_ADULT, "Zio Ugo", "La madre ha telefonato", ""),
        (WayHome.ALONE, "", "", "may leave alone: write why"),
        (WayHome.ALONE, "", "La madre ha telefonato", ""),
        (WayHome.OTHER_ADULT, "x" * 201, "y", "At most 200"),
    ],
)
def test_what_the_family_did_not_write_needs_a_reason(there, way, by, reason, said):
    answer = note(there, way, by, reason)
    assert said in answer and bool(said) == bool(answer)
    assert (gone(there) is None) == bool(said)


@pytest.mark.parametrize(
    ("way", "by", "kept", "said"),
    [
        (WayHome.NAMED_ADULT, "Zio Ugo", WayHome.OTHER_ADULT, "has not named this adult: ring"),
        (WayHome.OTHER_ADULT, "Zio Ugo", WayHome.OTHER_ADULT, "has not named this adult: ring"),
        (WayHome.ALONE, "", WayHome.ALONE, "may leave alone: ring"),
        (WayHome.NAMED_ADULT, NONNA, WayHome.NAMED_ADULT, ""),
    ],
)
def test_what_happened_before_it_was_sent_is_written_and_the_family_is_rung(there, way, by, kept, said):
    answer = note(there, way, by, asks_reason=False)
    assert said in answer and bool(said) == bool(answer)
    assert (gone(there).way, gone(there).collected_by) == (kept, by)


def test_who_may_leave_alone_does(there):
    writing.write_collection(there.guardian, there.signup, Collection(True, ()), TEXT)
    assert note(there, WayHome.ALONE) == ""


def test_the_later_note_counts_and_one_that_is_taken_back_leaves_the_child_here(there):
    note(there, WayHome.NAMED_ADULT, NONNA, minutes=100)
    note(there, None, minutes=101)
    assert gone(there).way is None
    note(there, WayHome.OTHER_ADULT, "Zio Ugo", "Prima", minutes=90, sent=there.starts_at + timedelta(minutes=110))
    assert gone(there).way is None


def test_the_same_note_sent_twice_is_one(there, tx):
    event_id = uuid4()
    assert [note(there, WayHome.NAMED_ADULT, NONNA, event_id=event_id) for _ in range(2)] == ["", ""]
    assert tx.scalar(sa.select(sa.func.count()).select_from(Departure)) == 1


def test_a_child_is_to_be_collected_from_when_they_came_until_somebody_noted_how_they_went(there):
    with clock.frozen(there.starts_at):
        marks = marks_of(there.coordinator, [there.signup_id])[there.signup_id]
    left = Gone(WayHome.ALONE, "", "", there.starts_at)
    back = Gone(None, "", "", there.starts_at)
    assert is_to_be_collected(AttendanceState.PRESENT, marks, None)
    assert is_to_be_collected(AttendanceState.LEFT_EARLY, marks, back)
    assert not is_to_be_collected(AttendanceState.ABSENT, marks, None)
    assert not is_to_be_collected(AttendanceState.PRESENT, marks, left)


def test_thirty_days_after_the_meeting_nobody_knows_any_more_who_came(there, tx):
    note(there, WayHome.NAMED_ADULT, NONNA)
    end = there.starts_at + timedelta(hours=2)
    for days, left in ((29, 1), (31, 0)):
        with clock.frozen(end + timedelta(days=days)):
            _, kept_for, statement = next(rule for rule in nightly.RETENTION if rule[0] == "departure")
            tx.execute(sa.text(statement), {"before": clock.now() - kept_for})
        assert tx.scalar(sa.select(sa.func.count()).select_from(Departure)) == left


def test_the_family_finds_it_in_what_is_known_of_them(there):
    note(there, WayHome.OTHER_ADULT, "Zio Ugo", "La madre ha telefonato")
    (known,) = collect_personal_data(there.guardian)["young_people_i_answer_for"]
    (home,) = known["ways_home"]
    assert (home["collected_by"], home["reason"], home["way"]) == ("Zio Ugo", "La madre ha telefonato", "other_adult")
