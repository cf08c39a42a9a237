"""Who was there: marks that are made, corrected, taken back; of what was there before the audit knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.door_codes import code_of, find_signup, mark_of
from civic.activities.models import Attendance
from civic.activities.services.attending import Mark, check_in, record_attendance
from civic.activities.types import AttendanceState
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from tests import factories as make


@pytest.fixture
def mark(tx):
    """A meeting with one person, marked as present: return a function that marks them anew, hours after its end."""
    activity, opening, coordinator = make.published()
    _, _, signup = make.signed_up(opening)
    meeting = make.occurrences_of(activity)[0]

    def again(state: AttendanceState | None, hours: int = 0, reason: str = "", missed: int = 0) -> int:
        with clock.frozen(meeting.ends_at + timedelta(hours=hours)):
            return record_attendance(coordinator, meeting.public_id, [Mark(signup, state, missed)], reason)

    assert again(AttendanceState.PRESENT) == 1
    return again


def marked(tx) -> list[tuple]:
    return tx.execute(sa.select(Attendance.state, Attendance.minutes)).all()


def corrections(tx) -> list[dict]:
    corrected = sa.select(AuditEntry.details).where(AuditEntry.action == "correct_attendance")
    return list(tx.scalars(corrected.order_by(AuditEntry.id)))


def test_a_mark_is_taken_back_and_the_audit_keeps_it(tx, mark):
    assert (mark(None), mark(None)) == (1, 0)
    assert marked(tx) == []
    (kept,) = corrections(tx)
    assert (kept["before"], kept["after"]) == ({"state": "present", "minutes": 120}, {"state": None, "minutes": None})


def test_what_is_marked_again_as_it_was_changes_nothing(tx, mark):
    assert mark(AttendanceState.PRESENT, hours=100) == 0
    assert corrections(tx) == []


@pytest.mark.parametrize("state", [AttendanceState.ABSENT, AttendanceState.LATE, None])
def test_after_two_days_a_correction_needs_a_reason_that_is_kept(tx, mark, state):
    with pytest.raises(RuleBroken) as caught:
        mark(state, hours=49, reason=" ", missed=15)
    assert caught.value.field == "reason"
    assert marked(tx) == [(AttendanceState.PRESENT, 120)]
    assert mark(state, hours=49, reason="Scambio di nomi", missed=15) == 1
    assert [kept["reason"] for kept in corrections(tx)] == ["Scambio di nomi"]


def test_within_two_days_a_mark_is_corrected_without_a_word(tx, mark):
    assert mark(AttendanceState.ABSENT, hours=48) == 1
    assert marked(tx) == [(AttendanceState.ABSENT, 0)]


def test_who_was_not_marked_yet_is_marked_late_without_a_reason(tx, mark):
    mark(None)
    assert mark(AttendanceState.PRESENT, hours=72) == 1


@pytest.fixture
def door(tx):
    """A meeting that begins now, two people expected: return (codes, a way to show one, its start)."""
    activity, opening, coordinator = make.published()
    signups = [make.signed_up(opening)[2] for _ in range(2)]
    meeting = make.occurrences_of(activity)[0]

    def show(typed: str, minutes: int = 0):
        with clock.frozen(meeting.starts_at + timedelta(minutes=minutes)):
            return check_in(coordinator, meeting.public_id, typed)

    return signups, show


def test_who_shows_the_code_is_in_and_late_by_the_clock(tx, door):
    (first, second), show = door
    assert show(code_of(first).lower(), minutes=5).minutes_late == 0
    assert show(mark_of(second), minutes=6).minutes_late == 6
    assert sorted(marked(tx)) == [(AttendanceState.LATE, 114), (AttendanceState.PRESENT, 120)]


def test_a_code_shown_twice_says_since_when_and_changes_nothing(tx, door):
    (first, _), show = door
    assert show(code_of(first)).already_at is None
    again = show(code_of(first), minutes=30)
    assert again.already_at is not None and clock.now() < again.already_at
    assert marked(tx) == [(AttendanceState.PRESENT, 120)]


def test_a_code_of_another_activity_and_one_of_nobody_have_each_a_sentence(tx, door):
    (first, _), show = door
    _, elsewhere, _ = make.published()
    _, _, other = make.signed_up(elsewhere)
    for typed, words in (
        (mark_of(other), "of another activity"),
        (code_of(other), "Nobody of this meeting"),
        ("", "Nobody of this meeting"),
        (f"{first}-ABCDEF", "Nobody of this meeting"),
    ):
        with pytest.raises(RuleBroken, match=words) as refused:
            show(typed)
        assert refused.value.field == "code"
    assert marked(tx) == []


def test_after_the_end_a_code_marks_nobody(tx, door):
    (first, _), show = door
    with pytest.raises(RuleBroken, match="is over"):
        show(code_of(first), minutes=120)
    assert marked(tx) == []


def test_what_is_drawn_alike_is_read_alike():
    code = next(code for code in (code_of(f"signup{number}") for number in range(500)) if {"O", "I", "B"} & set(code))
    typed = code.translate(str.maketrans("OIB", "018"))
    signup = next(f"signup{number}" for number in range(500) if code_of(f"signup{number}") == code)
    assert find_signup(f" {typed[:3]} {typed[3:].lower()}", [signup]) == signup
