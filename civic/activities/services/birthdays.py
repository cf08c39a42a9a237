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
from civic.activities.services import asking, eligibility, places
from civic.activities.services.moves import move
from civic.activities.types import LIVE, SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.outbox import services as outbox

_ASKED_FOR = (SignupState.WAITING, SignupState.OFFERED, SignupState.CONFIRMED)


def judge_ages_anew(actor: Actor, activity_id: int, starts: Sequence[datetime]) -> None:
    """Write who needs a guardian's yes on the new day, `starts` being old and new; who waited only for that has the place.

    Who has a place, is offered one or waits, and needs a yes now keeps it: their guardian is asked, or they are told to
    name one, and the desk says that the yes is missing. Who needs none any more is served. The caller holds the locks of
    the openings.
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
        opening = facts.get_opening(signup.opening_id)
        lacks = eligibility.lacks_authorisation(signup, opening)
        if not signup.needs_authorisation:
            # A yes that was given stays: the meeting may move back.
            asking.close_asked(signup.id)
        if lacks and _asks_for(signup) and asking.find_answerable(signup.id) is None:
            outbox.record(asking.start_clock(signup, opening))
        elif signup.state is SignupState.PENDING_GUARDIAN and not lacks:
            move(actor, signup, SignupState.CONFIRMED, reason="of age on the new day")
            outbox.record(SignupConfirmed(signup.id))
        elif signup.state is SignupState.WAITING and not lacks:
            places.fill_free_places(opening)


def _asks_for(signup: Signup) -> bool:
    """Whether a missing yes is asked for now: not of a request before it is approved, nor before the click."""
    return signup.state in _ASKED_FOR and not signup.awaits_click
