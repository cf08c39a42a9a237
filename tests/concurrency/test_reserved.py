"""The last place that is open to all and the last that is kept: each is given once, to who may have it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.activities.models import Opening, Signup
from civic.activities.services import referrals, reserving
from civic.activities.services.drawing import draw
from civic.activities.services.signing_up import Entry, PlaceTaken, sign_up
from civic.activities.types import EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.concurrency.test_last_place import at_once, entering, states

UNTIL = make.NOW + timedelta(days=7)


def test_the_last_place_for_all_and_the_last_kept_one_are_each_given_once(busy):
    with transaction():
        activity, opening, coordinator = make.published(capacity=3)
        reserving.keep_places(coordinator, opening.public_id, (1, False), UNTIL)
        make.signed_up(opening)
        people = [make.account() for _ in range(16)]
        tokens = [referrals.token_of(referrals.make(coordinator, activity.public_id, "Scuola", "Accordo")) for _ in range(8)]

    def by_link(person, token):
        entry = Entry(opening.public_id, person.id, new_public_id(), referral=token)
        return lambda: sign_up(make.actor_of(person), entry)

    jobs = [entering(opening, person) for person in people[:8]]
    jobs = [one for pair in zip(jobs, map(by_link, people[8:], tokens), strict=True) for one in pair]
    results = at_once(busy, jobs)
    assert [one for one in results if one is PlaceTaken] == [PlaceTaken] * 14
    row = session().execute(sa.select(Opening.taken, Opening.referred).where(Opening.id == opening.id)).one()
    among = session().scalars(sa.select(Signup.is_referred).where(Signup.state == SignupState.CONFIRMED)).all()
    assert row.taken == 3 == len(among) and row.referred == sum(among) >= 1


def test_a_draw_that_two_workers_hold_at_once_is_held_once_and_loses_nobody_who_asks_meanwhile(busy):
    with clock.frozen(make.NOW - timedelta(days=1)), transaction():
        _, opening, _ = make.published(capacity=2, entry_mode=EntryMode.DRAW, draw_at=make.NOW)
        for _ in range(4):
            make.signed_up(opening)
        people = [make.account() for _ in range(6)]
    jobs = [lambda: draw(opening.id)] * 2 + [entering(opening, person, joins_queue=True) for person in people]
    results = at_once(busy, jobs)
    assert sorted(results[:2]) == [0, 4]
    assert states(opening) == {SignupState.CONFIRMED: 2, SignupState.WAITING: 8}
