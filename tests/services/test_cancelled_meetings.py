"""A meeting that falls out takes with it the places that were for it alone, and those who had them are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.events import OccurrenceCancelled
from civic.activities.models import Opening, Signup
from civic.activities.queries.participants import get_meeting, list_expected
from civic.activities.services import cancelling, capacity, moving
from civic.activities.services.attending import Mark, record_attendance
from civic.activities.services.publishing import OpeningFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, AttendanceState, SignupState
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications.models import Notification
from civic.notifications.reactions.changes import tell_occurrence_cancelled
from civic.outbox.models import OutboxEvent
from tests import factories as make


@pytest.fixture
def shift(tx):
    """A volunteer's place at the first of two meetings, taken, with somebody waiting; and one for the whole activity."""
    activity, whole, coordinator = make.published(meetings=2)
    fields = OpeningFields(kind=ActivityKind.VOLUNTEERING, capacity=1, role="cucina")
    capacity.add_opening(coordinator, activity.public_id, fields, per_meeting=True)
    meeting = make.occurrences_of(activity)[0]
    opening = tx.scalar(sa.select(Opening).where(Opening.occurrence_id == meeting.id))
    signups = [make.signed_up(opening)[2], make.signed_up(opening, joins_queue=True)[2]]
    return meeting, opening, coordinator, signups, make.signed_up(whole)[2]


def cancelled(tx, shift) -> OccurrenceCancelled:
    meeting, _, coordinator, _, _ = shift
    moving.cancel_occurrence(coordinator, meeting.public_id, "Piove")
    payload = tx.scalar(sa.select(OutboxEvent.payload).where(OutboxEvent.name == "OccurrenceCancelled"))
    return OccurrenceCancelled(**payload)


def test_sign_ups_for_the_meeting_alone_end_and_the_others_stay(tx, shift):
    cancelled(tx, shift)
    _, opening, _, signups, whole = shift
    states = dict(tx.execute(sa.select(Signup.public_id, Signup.state)).all())
    assert [states[one] for one in signups] == [SignupState.CANCELLED] * 2
    assert states[whole] is SignupState.CONFIRMED
    assert tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id)) == 0


def test_everybody_is_told_once(tx, shift):
    event = cancelled(tx, shift)
    tell_occurrence_cancelled(event, None)
    told = tx.scalars(sa.select(Notification.subject_id).where(Notification.kind == "occurrence_cancelled")).all()
    assert len(told) == len(set(told)) == 3


def test_nobody_signs_up_for_a_meeting_that_was_cancelled(tx, shift):
    cancelled(tx, shift)
    row = make.account()
    with pytest.raises(RuleBroken):
        sign_up(make.actor_of(row), Entry(shift[1].public_id, row.id, new_public_id()))


def held(activity, minutes: int = 30):
    """The clock, so long after the first meeting has begun."""
    return clock.frozen(make.occurrences_of(activity)[0].starts_at + timedelta(minutes=minutes))


@pytest.fixture
def shifts(tx):
    """Two shifts with places of their own, a volunteer in each; the first is marked and over."""
    places = tuple(OpeningFields(ActivityKind.VOLUNTEERING, 2, occurrence=number) for number in range(2))
    activity, _, coordinator = make.published(ActivityKind.VOLUNTEERING, meetings=2, openings=places)
    signups = [make.signed_up(opening)[2] for opening in make.openings_of(activity)]
    with held(activity):
        mark = Mark(signups[0], AttendanceState.PRESENT)
        record_attendance(coordinator, make.occurrences_of(activity)[0].public_id, [mark])
    return activity, coordinator, signups


def test_a_shift_that_was_held_is_not_cancelled_with_the_activity(tx, shifts):
    activity, coordinator, signups = shifts
    with held(activity, 180):
        assert cancelling.cancel_activity(coordinator, activity.public_id, "Manca la sala") == 1
    states = dict(tx.execute(sa.select(Signup.public_id, Signup.state)).all())
    assert [states[one] for one in signups] == [SignupState.CONFIRMED, SignupState.CANCELLED]
    assert [opening.taken for opening in make.openings_of(activity)] == [1, 0]


def test_who_was_there_before_the_course_was_cancelled_stays_on_the_sheet(tx):
    activity, opening, coordinator = make.published(meetings=2)
    _, _, signup = make.signed_up(opening)
    first, second = (get_meeting(coordinator, one.public_id) for one in make.occurrences_of(activity))
    with held(activity, 180):
        cancelling.cancel_activity(coordinator, activity.public_id, "Manca la sala")
        assert [row.public_id for row in list_expected(coordinator, first)] == [signup]
        assert list_expected(coordinator, second) == ()
        assert record_attendance(coordinator, first.public_id, [Mark(signup, AttendanceState.PRESENT)]) == 1


def test_what_is_over_cannot_be_cancelled(tx):
    activity, opening, coordinator = make.published()
    make.signed_up(opening)
    with held(activity, 180), pytest.raises(RuleBroken):
        cancelling.cancel_activity(coordinator, activity.public_id, "Tardi")


def test_a_meeting_that_has_begun_is_not_moved_and_one_that_is_over_not_cancelled(tx):
    activity, _, coordinator = make.published(meetings=2)
    first = make.occurrences_of(activity)[0]
    later = first.starts_at + timedelta(days=1), first.ends_at + timedelta(days=1)
    with held(activity, 1), pytest.raises(RuleBroken, match="already begun"):
        moving.move_occurrence(coordinator, first.public_id, *later, None, first.version)
    with held(activity, 121), pytest.raises(RuleBroken, match="over"):
        moving.cancel_occurrence(coordinator, first.public_id, "Tardi")


def test_nobody_is_marked_at_a_meeting_that_was_cancelled(tx):
    activity, opening, coordinator = make.published(meetings=2)
    _, _, signup = make.signed_up(opening)
    first = make.occurrences_of(activity)[0].public_id
    moving.cancel_occurrence(coordinator, first, "Piove")
    with held(activity), pytest.raises(RuleBroken, match="cancelled"):
        record_attendance(coordinator, first, [Mark(signup, AttendanceState.PRESENT)])
