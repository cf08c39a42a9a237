"""A meeting that falls out takes with it the places that were for it alone, and those who had them are told."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.activities.events import OccurrenceCancelled
from civic.activities.models import Opening, Signup
from civic.activities.services import capacity, moving
from civic.activities.services.publishing import OpeningFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, SignupState
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
