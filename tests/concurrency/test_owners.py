"""Two owners who leave at the same moment: one stays, whatever the order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session, transaction
from civic.kernel.errors import RuleBroken
from civic.organisations.models import Membership
from civic.organisations.services import members
from civic.organisations.services.verifying import add_member
from tests import factories as make


def test_of_two_owners_who_leave_at_once_one_stays(busy):
    for _ in range(5):
        with transaction():
            row, _ = make.organisation()
            people = [make.account() for _ in range(2)]
            for one in people:
                add_member(row.id, one.id, OrganisationRole.OWNER)
        actors = [make.actor_of(one, organisations={row.id: OrganisationRole.OWNER}, has_second_factor=True) for one in people]
        barrier = Barrier(2)

        def leave(actor, organisation_id=row.id, barrier=barrier) -> str:
            with clock.frozen(make.NOW), busy.app_context():
                barrier.wait()
                try:
                    with transaction():
                        members.leave(actor, organisation_id)
                except RuleBroken:
                    return "stays"
                return "left"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(leave, actors)) == ["left", "stays"]
        live = (Membership.organisation_id == row.id, Membership.ended_at.is_(None), Membership.role == OrganisationRole.OWNER)
        assert session().scalar(sa.select(sa.func.count(Membership.id)).where(*live)) == 1
