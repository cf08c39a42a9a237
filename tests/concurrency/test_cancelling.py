"""Whoever signs up while it is being cancelled is not let in: the cancellation is waited for, and then seen."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from civic.activities.models import Opening, Signup
from civic.activities.services import cancelling, moving
from civic.activities.services.publishing import OpeningFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import LIVE, ActivityKind, EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.db import db, session, transaction
from civic.kernel.errors import DomainError, RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make

AT_ONCE = 8
WAYS_IN = {
    SignupState.CONFIRMED: {"entry_mode": EntryMode.INSTANT, "capacity": 50},
    SignupState.REQUESTED: {"entry_mode": EntryMode.APPROVAL, "capacity": 50},
    SignupState.WAITING: {"entry_mode": EntryMode.INSTANT, "capacity": 1},
}


def open_workshop(capacity: int, *, is_for_a_meeting: bool, **fields):
    """Publish a workshop of two meetings; return what cancels it (or its first meeting), and the opening that closes."""
    places = (OpeningFields(ActivityKind.WORKSHOP, capacity, occurrence=0 if is_for_a_meeting else None),)
    activity, opening, coordinator = make.published(meetings=2, openings=places, **fields)
    if is_for_a_meeting:
        meeting = make.occurrences_of(activity)[0].public_id
        return (lambda: moving.cancel_occurrence(coordinator, meeting, "Piove")), opening
    return (lambda: cancelling.cancel_activity(coordinator, activity.public_id, "Piove")), opening


def entering(app, opening, person):
    def enter():
        with app.app_context(), clock.frozen(make.NOW):
            try:
                with transaction():
                    return sign_up(make.actor_of(person), Entry(opening.public_id, person.id, new_public_id(), joins_queue=True))
            except DomainError as error:
                return type(error), error.message

    return enter


def wait_until_waiting(count: int) -> None:
    """Wait until so many statements wait for a lock."""
    waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    with db.engine.connect() as connection:
        for _ in range(500):
            if connection.scalar(waiting) >= count:
                return
            time.sleep(0.01)
    pytest.fail("nobody waits for the cancellation")


@pytest.mark.parametrize("is_for_a_meeting", [False, True])
@pytest.mark.parametrize("state", list(WAYS_IN))
def test_nobody_is_let_into_what_is_being_cancelled(busy, state, is_for_a_meeting):
    with transaction():
        cancel, opening = open_workshop(is_for_a_meeting=is_for_a_meeting, **WAYS_IN[state])
        people = [make.account() for _ in range(20)]
        if state is SignupState.WAITING:
            make.signed_up(opening)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        with transaction():
            cancel()
            waiting = [pool.submit(entering(busy, opening, person)) for person in people]
            wait_until_waiting(AT_ONCE)
        results = {one.result() for one in waiting}
    assert results == {(RuleBroken, "This activity is not open for sign-ups.")}
    assert session().scalar(sa.select(sa.func.count(Signup.id)).where(Signup.state.in_(LIVE))) == 0
    assert session().scalar(sa.select(Opening.taken).where(Opening.id == opening.id)) == 0
