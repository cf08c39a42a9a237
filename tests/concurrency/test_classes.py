"""Classes and people at once: no place is given twice, named or not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from civic.activities.blocks import Block
from civic.activities.queries import facts
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services import blocks
from civic.activities.services.signing_up import Entry, PlaceTaken, sign_up
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.concurrency.test_last_place import at_once


def test_two_classes_and_a_crowd_at_once_never_hold_more_than_there_is(busy):
    with transaction():
        _, opening, _ = make.published(capacity=20)
        schools = [make.school() for _ in range(2)]
        people = [make.account() for _ in range(14)]
    wish = blocks.Wish("2B", 8, True, (make.NOW + timedelta(days=7)).date())

    def asks(school, teacher):
        return lambda: blocks.ask(teacher, opening.public_id, school.slug, wish).public_id

    def comes(person):
        return lambda: sign_up(make.actor_of(person), Entry(opening.public_id, person.id, new_public_id()))

    told = at_once(busy, [asks(*one) for one in schools] + [comes(one) for one in people])
    granted = list(session().scalars(sa.select(Block.granted)))
    places = Counter(one is PlaceTaken for one in told[2:])[False] + sum(granted)
    with clock.frozen(make.NOW):
        assert facts.get_opening(opening.id).taken == places <= 20
    assert set(granted) <= {0, 8} and list_wrong_counts() == []
