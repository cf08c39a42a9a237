"""Nobody waits for what has begun, and a child whose guardian is silent does not wait at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities import events
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import due
from civic.activities.services import answering, ending, erasing
from civic.activities.types import AuthorisationAnswer, EntryMode, SignupState
from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.notifications.models import Notification
from civic.notifications.reactions import waiting as reactions
from civic.outbox.models import OutboxEvent
from tests import factories as make

DAY = timedelta(days=1)


def state_of(tx, public_id: str) -> SignupState:
    return tx.scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


def happened(tx, name: str) -> list[dict]:
    return list(tx.scalars(sa.select(OutboxEvent.payload).where(OutboxEvent.name == name).order_by(OutboxEvent.id)))


@pytest.fixture
def queue(tx):
    """One place, taken; return the opening, who holds it (actor, signup), and the signup of somebody who waits."""
    _, opening, _ = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    return opening, (holder, first), make.signed_up(opening, joins_queue=True)[2]


def test_the_waiting_ends_when_it_begins_and_not_before(tx, queue):
    opening, (_, first), second = queue
    assert ending.end_at_start(opening.id) == 0
    with clock.frozen(clock.now() + 14 * DAY):
        assert due.list_openings_begun_with_waits(clock.now(), 9) == [opening.id]
        assert (ending.end_at_start(opening.id), ending.end_at_start(opening.id)) == (1, 0)
    assert (state_of(tx, first), state_of(tx, second)) == (SignupState.CONFIRMED, SignupState.EXPIRED)


def test_a_request_that_nobody_answered_ends_when_it_begins(tx):
    _, opening, _ = make.published(entry_mode=EntryMode.APPROVAL)
    _, _, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    with clock.frozen(clock.now() + 14 * DAY):
        ending.end_at_start(opening.id)
    assert state_of(tx, signup) is SignupState.EXPIRED
    assert tx.scalar(sa.select(Authorisation.answer)) is AuthorisationAnswer.EXPIRED


def test_who_waited_in_vain_is_told_kindly_and_once(tx, queue):
    opening, _, second = queue
    with clock.frozen(clock.now() + 14 * DAY):
        ending.end_at_start(opening.id)
        (payload,) = happened(tx, "WaitEnded")
        for _ in range(2):
            reactions.tell_wait_ended(events.WaitEnded(**payload), None)
    told = tx.scalars(sa.select(Notification.subject_id).where(Notification.kind == "wait_ended")).all()
    assert told == [tx.scalar(sa.select(Signup.id).where(Signup.public_id == second))]


@pytest.fixture
def unanswered(tx, queue):
    """Let a person of this age wait for a place and for a guardian who stays silent; return the opening and the signup."""
    opening, _, _ = queue

    def join(birth_on):
        row, _, signup = make.signed_up(opening, birth_on, joins_queue=True, guardian_id=make.person().id)
        return opening, row, signup

    return join


def test_a_child_whose_guardian_stays_silent_leaves_the_list_and_is_forgotten(tx, unanswered):
    opening, row, signup = unanswered(make.THIRTEEN)
    tx.execute(sa.text("DELETE FROM account WHERE person_id = :id"), {"id": row.id})
    with clock.frozen(clock.now() + timedelta(hours=73)):
        assert due.list_openings_with_unanswered_waits(clock.now(), 9) == [opening.id]
        assert ending.end_unanswered_waits(opening.id) == 1
        assert due.list_openings_with_unanswered_waits(clock.now(), 9) == []
    assert state_of(tx, signup) is SignupState.EXPIRED
    assert happened(tx, "SignupExpired")[-1]["held_place"] is False
    with clock.frozen(clock.now() + 4 * DAY):
        assert erasing.erase_not_agreed() == 2  # the child, and the contact that was written for nothing else


def test_from_14_one_stays_in_the_list_and_only_the_question_ends(tx, unanswered):
    opening, _, signup = unanswered(make.SIXTEEN)
    with clock.frozen(clock.now() + timedelta(hours=71)):
        assert ending.end_unanswered_waits(opening.id) == 0
    with clock.frozen(clock.now() + timedelta(hours=73)):
        assert ending.end_unanswered_waits(opening.id) == 1
    assert state_of(tx, signup) is SignupState.WAITING
    assert tx.scalar(sa.select(Authorisation.answer)) is AuthorisationAnswer.EXPIRED


def test_a_turn_passes_also_after_the_question_has_ended(tx, unanswered, queue):
    opening, _, signup = unanswered(make.SIXTEEN)
    _, (holder, first), adult = queue
    with clock.frozen(clock.now() + 4 * DAY):
        ending.end_unanswered_waits(opening.id)
        answering.cancel_signup(holder, first)
    assert (state_of(tx, adult), state_of(tx, signup)) == (SignupState.OFFERED, SignupState.WAITING)


def test_the_sweep_ends_all_that_is_due_and_finds_nothing_the_second_time(connection):
    with transaction():
        _, opening, _ = make.published(capacity=1)
        make.signed_up(opening)
        make.signed_up(opening, make.SIXTEEN, joins_queue=True, guardian_id=make.person().id)
    with clock.frozen(clock.now() + 4 * DAY):
        assert (sweep.end_all_unanswered(), sweep.end_all_unanswered()) == (1, 0)
    with clock.frozen(clock.now() + 14 * DAY):
        assert (sweep.end_all_at_start(), sweep.end_all_at_start()) == (1, 0)
