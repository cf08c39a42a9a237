"""Families and people at once: brothers and sisters have a place each or none of them has, and no place is given twice."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services.authorising import Given
from civic.activities.services.signing_together import Together, sign_up_together
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.concurrency.test_last_place import at_once


def test_families_and_a_crowd_at_once_share_the_last_places(busy):
    with transaction():
        _, opening, _ = make.published(capacity=7)
        families = [[make.person(make.THIRTEEN) for _ in range(2)] for _ in range(3)]
        parents = [make.guardian_of(*children) for children in families]
        people = [make.account() for _ in range(6)]

    def together(parent, children):
        given = Given(parent.person_id, "Autorizzo")
        wish = Together(opening.public_id, [one.id for one in children], new_public_id(), True, given)
        return lambda: sign_up_together(parent, wish)

    def comes(person):
        return lambda: sign_up(make.actor_of(person), Entry(opening.public_id, person.id, new_public_id(), joins_queue=True))

    at_once(busy, [together(*one) for one in zip(parents, families, strict=True)] + [comes(one) for one in people])
    state_of = dict(session().execute(sa.select(Signup.person_id, Signup.state)).all())
    assert len(state_of) == 12
    for children in families:
        assert len({state_of[child.id] for child in children}) == 1
    held = sum(state is SignupState.CONFIRMED for state in state_of.values())
    with clock.frozen(make.NOW):
        assert facts.get_opening(opening.id).taken == held <= 7
    assert list_wrong_counts() == []
