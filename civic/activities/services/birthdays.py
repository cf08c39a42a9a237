"""A meeting that moves may cross an eighteenth birthday: who needs a guardian's yes is judged anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.activities.events import SignupConfirmed
from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.services import eligibility, holds
from civic.activities.services.moves import move
from civic.activities.types import LIVE, SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.outbox import services as outbox


def judge_ages_anew(actor: Actor, activity_id: int, starts: Sequence[datetime]) -> None:
    """Write who needs a guardian's yes on the new day, `starts` being old and new; who waited only for that has the place.

    Who has a place and would need a yes now keeps it: the desk says that the yes is missing. The caller holds the locks
    of the openings.
    """
    if not starts:
        return
    born = sorted(born_on_or_before(ADULT_AGE, clock.to_rome(start).date()) for start in starts)
    crossing = (
        sa.select(Signup)
        .join(Person, Person.id == Signup.person_id)
        .where(Signup.activity_id == activity_id, Signup.state.in_(sorted(LIVE)))
        .where(Person.birth_on > born[0], Person.birth_on <= born[-1])
        .order_by(Signup.id)
        .with_for_update(of=Signup)
        .execution_options(populate_existing=True)
    )
    for signup in writing().scalars(crossing).all():
        lacks = eligibility.lacks_authorisation(signup, facts.get_opening(signup.opening_id))
        if signup.state is SignupState.PENDING_GUARDIAN and not lacks:
            move(actor, signup, SignupState.CONFIRMED, reason="of age on the new day")
            holds.close_authorisation(signup.id)
            outbox.record(SignupConfirmed(signup.id))
