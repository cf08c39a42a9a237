"""Marks that devices made without network: taken once, judged by the time at which they were made, never lost in silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from civic.activities.models import Attendance, Occurrence
from civic.activities.on_the_day import AttendanceEvent
from civic.activities.queries.attendance_events import Conflict, read_told
from civic.activities.queries.participants import get_meeting
from civic.activities.services.attending import Mark, record_attendance
from civic.activities.services.moving import cancel_occurrence
from civic.activities.services.taps import Batch, Tap, take_taps
from civic.activities.types import AttendanceState
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import NotAllowed, NotFound
from tests import factories as make

PRESENT, ABSENT, LATE = AttendanceState.PRESENT, AttendanceState.ABSENT, AttendanceState.LATE
A_DEVICE, ANOTHER = uuid4(), uuid4()


@dataclass
class There:
    """A meeting of two hours with one person who is expected."""

    coordinator: Actor
    meeting: Occurrence
    signup: str
    tx: object
    said: list[str] = field(default_factory=list)

    def at(self, minutes: float) -> datetime:
        """Return the moment so many minutes after the start."""
        return self.meeting.starts_at + timedelta(minutes=minutes)

    def tap(self, state, minutes: float, missed: int = 0, *, seen: int = 0, **values) -> Tap:
        event_id = values.get("event_id") or uuid4()
        return Tap(event_id, values.get("signup", self.signup), state, missed, self.at(minutes), seen)

    def send(self, *taps: Tap, at: float = 60, device: UUID = A_DEVICE, ahead: float = 0) -> list[str]:
        """Let a device whose clock is `ahead` minutes ahead send its marks; return what was said against each."""
        with clock.frozen(self.at(at)):
            batch = Batch(device, self.at(at + ahead), taps)
            answers = take_taps(self.coordinator, self.meeting.public_id, batch)
        return [str(answers[tap.event_id].message) if answers[tap.event_id] else "" for tap in taps]

    def mark(self, state, at: float = 60, **values) -> None:
        with clock.frozen(self.at(at)):
            settles = values.pop("settles", False)
            record_attendance(self.coordinator, self.meeting.public_id, [Mark(self.signup, state, 0, settles)], **values)

    def marked(self) -> list[tuple]:
        return [tuple(row) for row in self.tx.execute(sa.select(Attendance.state, Attendance.minutes, Attendance.recorded_at))]

    def conflict(self) -> Conflict | None:
        told = read_told(get_meeting(self.coordinator, self.meeting.public_id))
        return next(iter(told.conflicts.values()), None)


@pytest.fixture
def there(tx) -> There:
    activity, opening, coordinator = make.published(meetings=2)
    _, _, signup = make.signed_up(opening)
    return There(coordinator, make.occurrences_of(activity)[0], signup, tx)


def test_a_mark_counts_from_when_it_was_made(there):
    assert there.send(there.tap(LATE, 12, 12)) == [""]
    assert there.marked() == [(LATE, 108, there.at(12))]


def test_the_same_event_twice_is_one_and_the_audit_hears_it_once(there):
    tap = there.tap(PRESENT, 5)
    assert there.send(tap, tap) == ["", ""]
    assert there.send(tap, at=90) == [""]
    assert there.tx.scalar(sa.select(sa.func.count()).select_from(AttendanceEvent)) == 1
    noted = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.action == "record_attendance")
    assert there.tx.scalar(noted) == 1


def test_the_later_mark_counts_whichever_comes_first(there):
    there.send(there.tap(ABSENT, 20))
    there.send(there.tap(PRESENT, 10), device=ANOTHER)
    assert [row[0] for row in there.marked()] == [ABSENT]
    assert there.tx.scalar(sa.select(sa.func.count()).select_from(AttendanceEvent)) == 2


def test_a_mark_that_was_taken_back_earlier_does_not_erase_a_later_one(there):
    there.send(there.tap(PRESENT, 20))
    there.send(there.tap(None, 10), device=ANOTHER)
    assert [row[0] for row in there.marked()] == [PRESENT]


def test_a_mark_made_before_one_was_taken_back_does_not_come_to_life_again(there):
    there.send(there.tap(PRESENT, 5), there.tap(None, 20))
    assert there.marked() == []
    there.send(there.tap(PRESENT, 10), device=ANOTHER)
    assert there.marked() == []


def test_of_several_marks_in_one_batch_the_last_counts(there):
    there.send(there.tap(ABSENT, 30), there.tap(PRESENT, 5), there.tap(LATE, 12, 12))
    assert [row[0] for row in there.marked()] == [ABSENT]


def test_a_clock_that_goes_wrong_is_set_right_and_no_mark_comes_from_the_future(there):
    there.send(there.tap(PRESENT, 40), at=30, ahead=20)
    assert there.marked()[0][2] == there.at(20)
    there.send(there.tap(ABSENT, 500), at=50)
    assert there.marked()[0][2] == there.at(50)
    there.send(there.tap(LATE, -9000, 3), at=55, device=ANOTHER)
    events = there.tx.scalars(sa.select(AttendanceEvent.at).order_by(AttendanceEvent.at))
    assert next(iter(events)) == there.at(-30)


def test_two_devices_that_differ_are_a_conflict_until_somebody_who_saw_both_settles_it(there):
    there.send(there.tap(PRESENT, 2))
    there.send(there.tap(ABSENT, 20), device=ANOTHER)
    found = there.conflict()
    assert (found.earlier.state, found.counts.state) == (PRESENT, ABSENT)
    there.mark(ABSENT, settles=True)
    assert there.conflict() is None


def test_who_corrects_what_they_saw_contradicts_nobody(there):
    there.send(there.tap(PRESENT, 2))
    seen = read_told(get_meeting(there.coordinator, there.meeting.public_id)).last_id
    there.send(there.tap(ABSENT, 20, seen=seen), device=ANOTHER)
    assert there.conflict() is None


def test_a_device_does_not_contradict_itself_and_two_that_agree_do_not_differ(there):
    there.send(there.tap(PRESENT, 2), there.tap(ABSENT, 20))
    assert there.conflict() is None
    there.send(there.tap(ABSENT, 30), device=ANOTHER)
    assert there.conflict() is None


def test_a_mark_that_arrives_late_is_a_conflict_though_the_page_settled_the_matter_before(there):
    there.mark(ABSENT, at=30)
    there.send(there.tap(PRESENT, 10))
    assert there.conflict().earlier.state is PRESENT
    assert [row[0] for row in there.marked()] == [ABSENT]


def test_what_cannot_be_taken_has_its_own_sentence_and_the_rest_is_taken(there):
    said = there.send(there.tap(PRESENT, 5), there.tap(LATE, 6, 121), there.tap(PRESENT, 7, signup="nobody"))
    assert said[0] == "" and "more than the meeting lasts" in said[1] and "not expected at this meeting" in said[2]
    assert [row[0] for row in there.marked()] == [PRESENT]


def test_what_was_marked_more_than_twelve_hours_after_the_end_is_refused(there):
    assert there.send(there.tap(PRESENT, 120 + 12 * 60), at=5000) == [""]
    (said,) = there.send(there.tap(ABSENT, 121 + 12 * 60), at=5000)
    assert "more than 12 hours after the end" in said


def test_a_correction_sent_after_two_days_needs_a_reason_and_a_first_mark_does_not(there):
    two_days = 120 + 49 * 60
    assert there.send(there.tap(PRESENT, 5), at=two_days) == [""]
    (said,) = there.send(there.tap(ABSENT, 20), at=two_days, device=ANOTHER)
    assert "write why you correct it" in said
    assert [row[0] for row in there.marked()] == [PRESENT]


def test_before_the_sheet_opens_and_of_a_cancelled_meeting_nothing_is_taken(there):
    assert "30 minutes before the start" in there.send(there.tap(PRESENT, -31), at=-31)[0]
    with clock.frozen(there.at(-100)):
        cancel_occurrence(there.coordinator, there.meeting.public_id, "Piove")
    assert "was cancelled" in there.send(there.tap(PRESENT, 5))[0]
    assert there.marked() == []


def test_nobody_of_another_organisation_sends_marks(there):
    _, _, stranger = make.published()
    with pytest.raises((NotAllowed, NotFound)), clock.frozen(there.at(60)):
        take_taps(stranger, there.meeting.public_id, Batch(A_DEVICE, there.at(60), [there.tap(PRESENT, 5)]))
    assert there.marked() == []


def test_a_correction_by_a_device_is_kept_in_the_audit(there):
    there.send(there.tap(PRESENT, 5))
    there.send(there.tap(ABSENT, 20))
    corrected = sa.select(AuditEntry.details).where(AuditEntry.action == "correct_attendance")
    (kept,) = there.tx.scalars(corrected)
    assert (kept["before"]["state"], kept["after"]["state"]) == ("present", "absent")


def test_an_event_is_never_changed(there):
    there.send(there.tap(PRESENT, 5))
    with pytest.raises(sa.exc.DBAPIError, match="append"), there.tx.begin_nested():
        there.tx.execute(sa.update(AttendanceEvent).values(state=ABSENT))
