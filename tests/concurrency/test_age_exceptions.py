"""One link for one person: of two who sign up by it at the same moment the second does not get in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from civic.activities.models import Signup
from civic.activities.services import age_exceptions
from civic.activities.services.publishing import OpeningFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, EntryMode
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.concurrency.test_cancelling import wait_until_waiting

TWO_ROLES = tuple(OpeningFields(ActivityKind.WORKSHOP, 5, role) for role in ("chitarra", "basso"))


@pytest.mark.parametrize("fields", [{"entry_mode": EntryMode.APPROVAL}, {"openings": TWO_ROLES}])
def test_of_two_who_come_by_one_link_at_once_one_gets_in(busy, fields):
    with transaction():
        activity, _, coordinator = make.published(age_min=11, age_max=14, capacity=5, **fields)
        openings = [one.public_id for one in make.openings_of(activity)]
        token = age_exceptions.token_of(age_exceptions.allow(coordinator, activity.public_id, "Motivo"))
        people = [(person.id, make.actor_of(person)) for person in (make.account(), make.account())]

    def come(number: int) -> None:
        person_id, actor = people[number]
        sign_up(actor, Entry(openings[number % len(openings)], person_id, new_public_id(), age_exception=token))

    def second() -> str:
        with clock.frozen(make.NOW), busy.app_context():
            try:
                with transaction():
                    come(1)
            except RuleBroken as error:
                return error.message
            return "came in"

    with ThreadPoolExecutor(1) as pool:
        with transaction():
            come(0)
            late = pool.submit(second)
            wait_until_waiting(1)
        assert "no longer valid" in late.result()
    assert session().scalar(sa.select(sa.func.count()).select_from(Signup)) == 1
