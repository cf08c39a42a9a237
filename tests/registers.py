"""A course with its marks, for everything that is about hours and certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from civic.activities.models import Activity, Opening
from civic.activities.services.attending import Mark, record_attendance
from civic.activities.types import AttendanceState
from civic.certificates.services.closing import close_register
from civic.kernel import clock
from civic.kernel.actor import Actor
from tests import factories as make

PRESENT, ABSENT, EXCUSED, LATE = (
    AttendanceState.PRESENT,
    AttendanceState.ABSENT,
    AttendanceState.EXCUSED,
    AttendanceState.LATE,
)


class Course:
    """Meetings of two hours, a week apart, and who comes to them; each is marked when it is over.

    It was published `ago`, and everybody signs up on that day: the first meeting is the day after.
    """

    activity: Activity
    opening: Opening
    coordinator: Actor

    def __init__(self, meetings: int = 3, capacity: int = 40, ago: timedelta = timedelta(0), **fields) -> None:
        values = {"meetings": meetings, "capacity": capacity, "starts_in": timedelta(days=1), **fields}
        self.published_at = clock.now() - ago
        with clock.frozen(self.published_at):
            self.activity, self.opening, self.coordinator = make.published(**values)
        self.meetings = make.occurrences_of(self.activity)

    def mark(self, signup: str, *states: AttendanceState | tuple[AttendanceState, int] | None, reason: str = "") -> None:
        """Mark somebody at the meetings one after the other; None leaves one out, a pair says the minutes missed."""
        for meeting, state in zip(self.meetings, states, strict=False):
            if state is not None:
                state, missed = state if isinstance(state, tuple) else (state, 0)
                with clock.frozen(max(clock.now(), meeting.ends_at)):
                    record_attendance(self.coordinator, meeting.public_id, [Mark(signup, state, missed)], reason)

    def somebody(self, *states, birth_on=make.ADULT, **values):
        """Let somebody sign up and be marked; return (person, actor, public id of the signup)."""
        with clock.frozen(self.published_at):
            person, actor, signup = make.signed_up(self.opening, birth_on, **values)
        self.mark(signup, *states)
        return person, actor, signup

    def class_of(self, count: int, states: Sequence = (PRESENT, PRESENT, PRESENT)) -> list:
        """Let `count` people sign up and be marked alike."""
        return [self.somebody(*states) for _ in range(count)]

    @property
    def over(self):
        """The day after the last meeting."""
        return self.meetings[-1].ends_at + timedelta(days=1)

    def close(self) -> int:
        """Close the register on the day after the last meeting; return how many documents were issued."""
        with clock.frozen(self.over):
            return close_register(self.coordinator, self.activity.public_id)
