"""Many people at once: the last place is given once, whatever the path (P4, P5)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from civic.activities.models import Opening, Signup
from civic.activities.queries import facts
from civic.activities.services import answering, holds, places
from civic.activities.services.signing_up import Entry, PlaceTaken, sign_up
from civic.activities.types import HOLDING, ActivityKind, SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.errors import DomainError
from civic.kernel.ids import new_public_id
from tests import factories as make

AT_ONCE = 8


def at_once(app, jobs):
    """Run every job in a thread of its own, starting together in groups; return results, errors as their class."""
    barrier = Barrier(min(AT_ONCE, len(jobs)))

    def run(number_and_job):
        number, job = number_and_job
        if number < barrier.parties:
            barrier.wait()
        with app.app_context(), clock.frozen(make.NOW):
            try:
                with transaction():
                    return job()
            except DomainError as error:
                return type(error)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, enumerate(jobs)))


def a_crowd(count: int, kind: ActivityKind = ActivityKind.WORKSHOP, capacity: int = 10):
    with transaction():
        _, opening, _ = make.published(kind, capacity=capacity)
        return opening, [make.account() for _ in range(count)]


def entering(opening, person, *, joins_queue=False, key=None):
    entry = Entry(opening.public_id, person.id, key or new_public_id(), joins_queue=joins_queue)
    return lambda: sign_up(make.actor_of(person), entry)


def states(opening) -> Counter:
    return Counter(session().scalars(sa.select(Signup.state).where(Signup.opening_id == opening.id)))


def taken(opening) -> int:
    return session().scalar(sa.select(Opening.taken).where(Opening.id == opening.id))


def test_a_hundred_for_ten_places_are_exactly_ten(busy):
    opening, people = a_crowd(100)
    results = at_once(busy, [entering(opening, person) for person in people])
    assert results.count(PlaceTaken) == 90
    assert states(opening) == {SignupState.CONFIRMED: 10}
    assert taken(opening) == 10


def test_the_rest_stand_in_the_queue_and_nobody_is_lost(busy):
    opening, people = a_crowd(40)
    at_once(busy, [entering(opening, person, joins_queue=True) for person in people])
    assert states(opening) == {SignupState.CONFIRMED: 10, SignupState.WAITING: 30}


def test_the_same_press_twenty_times_is_one_signup(busy):
    opening, people = a_crowd(1)
    key = new_public_id()
    results = at_once(busy, [entering(opening, people[0], key=key) for _ in range(20)])
    assert len(set(results)) == 1
    assert states(opening) == {SignupState.CONFIRMED: 1}


def test_one_volunteer_and_two_overlapping_shifts_at_once(busy):
    first, people = a_crowd(1, ActivityKind.VOLUNTEERING)
    second, _ = a_crowd(0, ActivityKind.VOLUNTEERING)
    at_once(busy, [entering(first, people[0]), entering(second, people[0])])
    assert taken(first) + taken(second) == 1


def test_cancelling_while_others_queue_loses_no_wake_up(busy):
    opening, people = a_crowd(30, capacity=5)
    at_once(busy, [entering(opening, person) for person in people[:5]])
    held = session().execute(sa.select(Signup.public_id, Signup.person_id)).all()
    jobs = []
    for number, person in enumerate(people[5:]):
        jobs.append(entering(opening, person, joins_queue=True))
        if number < len(held):
            public_id, person_id = held[number]
            actor = make.Actor(person_id=person_id)
            jobs.append(lambda actor=actor, public_id=public_id: answering.cancel_signup(actor, public_id))
    at_once(busy, jobs)
    counted = states(opening)
    assert sum(counted[state] for state in HOLDING) == taken(opening) == 5
    assert counted[SignupState.CANCELLED] == 5


def test_an_offer_is_accepted_once_while_it_expires(busy):
    opening, people = a_crowd(2, capacity=1)
    with transaction():
        first = sign_up(make.actor_of(people[0]), Entry(opening.public_id, people[0].id, new_public_id()))
        entering(opening, people[1], joins_queue=True)()
    with transaction():
        answering.cancel_signup(make.actor_of(people[0]), first)
    second = session().scalar(sa.select(Signup.public_id).where(Signup.state == SignupState.OFFERED))
    jobs = [lambda: answering.accept_offer(make.actor_of(people[1]), second)] * 6
    jobs += [lambda: holds.end_holds(opening.id)] * 2
    at_once(busy, jobs)
    assert states(opening) == {SignupState.CONFIRMED: 1, SignupState.CANCELLED: 1}
    assert taken(opening) == 1


def test_without_the_condition_the_places_are_oversold(busy, monkeypatch):
    """The twin: with a read-then-write in place of the conditional UPDATE this very test of a hundred goes wrong."""
    opening, people = a_crowd(60)

    def naive(values):
        read = facts.get_opening(values["opening_id"])
        if read.is_full:
            return places.Written(None, key_is_fresh=True)
        session().execute(sa.update(Opening).where(Opening.id == read.id).values(taken=read.taken + 1))
        return places.insert_signup_without_place(values)

    monkeypatch.setattr(places, "claim_for_new_signup", naive)
    at_once(busy, [entering(opening, person) for person in people])
    assert states(opening)[SignupState.CONFIRMED] > 10 >= taken(opening)


@pytest.mark.parametrize("hours", [73, 200])
def test_a_dead_worker_never_keeps_a_place_from_the_next(busy, hours):
    opening, people = a_crowd(2, capacity=1)
    with transaction():
        minor = make.account(make.SIXTEEN)
        guardian = make.person()
        sign_up(make.actor_of(minor), Entry(opening.public_id, minor.id, new_public_id(), guardian_id=guardian.id))
    with clock.frozen(make.NOW + timedelta(hours=hours)), transaction():
        entering(opening, people[0])()
    assert states(opening) == {SignupState.EXPIRED: 1, SignupState.CONFIRMED: 1}
