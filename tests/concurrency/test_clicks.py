"""The two clicks on a newcomer's link at the same moment: the first counts, the other does nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from civic.accounts.models import Link
from civic.accounts.services import links
from civic.accounts.services.people import PersonDetails
from civic.activities.models import Signup
from civic.activities.services.confirming import confirm_address, refuse_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.concurrency.test_cancelling import wait_until_waiting


def test_who_has_confirmed_stays_in_the_queue_whoever_says_no_at_the_same_moment(busy):
    with transaction():
        _, opening, _ = make.published(capacity=1)
        make.signed_up(opening)
        entry = Newcomer(PersonDetails("Ada", "Neri", make.ADULT, "ada@example.org"), "Ho letto")
        public_id = sign_up_newcomer(opening.public_id, entry, new_public_id(), joins_queue=True)
        token = links.token_of(session().scalar(sa.select(sa.func.max(Link.id))))

    def refuse() -> str:
        with clock.frozen(make.NOW), busy.app_context():
            try:
                with transaction():
                    refuse_address(token)
            except RuleBroken:
                return "too late"
            return "refused"

    with ThreadPoolExecutor(1) as pool:
        with transaction():
            confirm_address(token)
            refused = pool.submit(refuse)
            wait_until_waiting(1)
        assert refused.result() == "too late"
    assert session().scalar(sa.select(Signup.state).where(Signup.public_id == public_id)) is SignupState.WAITING
