"""Reminders come once, at the right hour of Rome, over both nights in which the clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from civic.activities.services import answering, moving
from civic.activities.services.publishing import OpeningFields
from civic.activities.services.setting_reminders import STANDARD
from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.notifications import quiet
from civic.notifications.models import Delivery, Notification
from civic.notifications.reminders import ask_guardians_again, due_at, write_reminders
from tests import factories as make

_, DAY_BEFORE, HOURS_BEFORE = STANDARD


def rome(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=clock.ROME)


def leads(tx) -> list[str]:
    return list(tx.scalars(sa.select(Notification.payload["lead"].astext).order_by(Notification.id)))


def workshop(begins: datetime, **fields):
    activity, opening, coordinator = make.published(starts_in=begins - clock.now(), **fields)
    return activity, opening, coordinator


def test_a_reminder_is_written_when_its_hour_has_come_and_not_before(tx):
    _, opening, _ = workshop(rome(2026, 11, 27, 17, 0))
    make.signed_up(opening)
    with clock.frozen(rome(2026, 11, 26, 16, 59)):
        assert write_reminders() == 0
    with clock.frozen(rome(2026, 11, 26, 17, 0)):
        assert write_reminders() == 1
        assert write_reminders() == 0
    with clock.frozen(rome(2026, 11, 27, 14, 0)):
        assert write_reminders() == 1
    assert leads(tx) == ["1d", "3h"]


@pytest.mark.parametrize(
    ("begins", "lead", "due"),
    [
        (rome(2027, 3, 28, 17, 0), DAY_BEFORE, rome(2027, 3, 27, 17, 0)),
        (rome(2027, 10, 31, 17, 0), DAY_BEFORE, rome(2027, 10, 30, 17, 0)),
        (rome(2027, 3, 28, 11, 30), HOURS_BEFORE, rome(2027, 3, 28, 8, 30)),
        (rome(2027, 10, 31, 11, 30), HOURS_BEFORE, rome(2027, 10, 31, 8, 30)),
        (rome(2027, 3, 28, 9, 0), HOURS_BEFORE, rome(2027, 3, 27, 20, 30)),
        (rome(2027, 1, 15, 22, 0), DAY_BEFORE, rome(2027, 1, 14, 20, 30)),
        (rome(2027, 1, 15, 7, 0), DAY_BEFORE, rome(2027, 1, 13, 20, 30)),
        (rome(2027, 1, 15, 8, 0), DAY_BEFORE, rome(2027, 1, 14, 8, 0)),
    ],
)
def test_the_hour_is_that_of_the_wall_clock_and_never_of_the_night(tx, begins, lead, due):
    _, opening, _ = workshop(begins)
    make.signed_up(opening)
    assert due_at(begins, lead) == due
    with clock.frozen(due - timedelta(seconds=1)):
        write_reminders()
        assert lead.name not in leads(tx)
    with clock.frozen(due):
        write_reminders()
        assert leads(tx)[-1] == lead.name
        assert not quiet.is_quiet(tx.scalar(sa.select(sa.func.max(Notification.not_before))))


def test_who_signs_up_after_the_hour_is_not_reminded_of_what_was_just_done(tx):
    _, opening, _ = workshop(rome(2026, 11, 27, 17, 0))
    with clock.frozen(rome(2026, 11, 26, 18, 0)):
        make.signed_up(opening)
        assert write_reminders() == 0
    with clock.frozen(rome(2026, 11, 27, 14, 0)):
        assert write_reminders() == 1


def test_after_a_standstill_only_the_latest_is_written(tx):
    _, opening, _ = workshop(rome(2026, 11, 27, 17, 0))
    make.signed_up(opening)
    with clock.frozen(rome(2026, 11, 27, 15, 0)):
        assert write_reminders() == 1
    assert leads(tx) == ["3h"]


def test_after_a_standstill_into_the_night_the_reminder_waits_for_the_morning(tx):
    _, opening, _ = workshop(rome(2026, 11, 27, 10, 0))
    make.signed_up(opening)
    with clock.frozen(rome(2026, 11, 26, 23, 0)):
        assert write_reminders() == 1
    assert tx.scalar(sa.select(Delivery.next_attempt_at)) == rome(2026, 11, 27, 8, 0)


def test_what_has_begun_is_not_reminded_of(tx):
    _, opening, _ = workshop(rome(2026, 11, 27, 17, 0))
    make.signed_up(opening)
    with clock.frozen(rome(2026, 11, 27, 17, 0)):
        assert write_reminders() == 0


def test_who_cancelled_and_who_waits_are_not_reminded(tx):
    _, opening, _ = workshop(rome(2026, 11, 27, 17, 0), capacity=1)
    _, actor, signup = make.signed_up(opening)
    answering.cancel_signup(actor, signup)
    with clock.frozen(rome(2026, 11, 26, 17, 0)):
        assert write_reminders() == 0


def test_a_meeting_that_moved_is_reminded_of_at_its_new_hour(tx):
    activity, opening, coordinator = workshop(rome(2026, 11, 27, 17, 0))
    make.signed_up(opening)
    with clock.frozen(rome(2026, 11, 26, 17, 0)):
        write_reminders()
        meeting = make.occurrences_of(activity)[0]
        begins = rome(2026, 12, 4, 17, 0)
        moving.move_occurrence(coordinator, meeting.public_id, begins, begins + timedelta(hours=2), None, meeting.version)
        assert write_reminders() == 0
    with clock.frozen(rome(2026, 12, 3, 17, 0)):
        assert write_reminders() == 1


def test_each_meeting_of_a_course_has_its_own(tx):
    _, opening, _ = workshop(rome(2026, 11, 27, 17, 0), meetings=3)
    make.signed_up(opening)
    for day in (rome(2026, 11, 26, 17, 0), rome(2026, 12, 3, 17, 0), rome(2026, 12, 10, 17, 0)):
        with clock.frozen(day):
            assert write_reminders() == 1


def test_a_week_before_one_is_asked_about_the_first_meeting_of_a_course_alone(tx):
    _, opening, _ = workshop(rome(2026, 12, 10, 17, 0), meetings=3)
    make.signed_up(opening)
    with clock.frozen(rome(2026, 12, 3, 16, 59)):
        assert write_reminders() == 0
    with clock.frozen(rome(2026, 12, 3, 17, 0)):
        assert (write_reminders(), write_reminders()) == (1, 0)
    with clock.frozen(rome(2026, 12, 10, 18, 0)):
        assert write_reminders() == 0
    assert leads(tx) == ["7d"]


def test_a_week_before_one_is_asked_about_every_shift_of_ones_own(tx):
    places = tuple(OpeningFields(ActivityKind.VOLUNTEERING, 1, occurrence=number) for number in range(2))
    activity, _, _ = workshop(rome(2026, 12, 10, 17, 0), kind=ActivityKind.VOLUNTEERING, meetings=2, openings=places)
    for opening in make.openings_of(activity):
        make.signed_up(opening)
    for day in (rome(2026, 12, 3, 17, 0), rome(2026, 12, 10, 17, 0)):
        with clock.frozen(day):
            assert write_reminders() == 1
    assert leads(tx) == ["7d", "7d"]


def test_guardians_are_asked_again_at_half_and_near_the_end_of_their_time(tx):
    _, opening, _ = make.published()
    make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    asked = clock.now()
    written = []
    for hours in (35, 36, 37, 60, 62, 71, 73):
        with clock.frozen(asked + timedelta(hours=hours)):
            written.append(ask_guardians_again())
    assert written == [0, 1, 0, 0, 1, 0, 0]
