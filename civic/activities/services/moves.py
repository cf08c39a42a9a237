"""Every change of a signup's state goes through here: the table allows it, the row and its dated move are written."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from civic.activities.models import Authorisation, Signup, SignupMove
from civic.activities.types import LIVE, SIGNUP_MOVES, AuthorisationAnswer, SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.states import check_move


def move(actor: Actor, signup: Signup, after: SignupState, *, reason: str = "", hold_until: datetime | None = None) -> None:
    """Bring the locked `signup` into state `after`, saying who did it and why; where it ends, nobody is asked any more."""
    check_move(SIGNUP_MOVES, signup.state, after)
    now = clock.now()
    before, signup.state, signup.hold_until = signup.state, after, hold_until
    if after is SignupState.CONFIRMED:
        signup.confirmed_at = now
    writing().add(SignupMove(signup_id=signup.id, before=before, after=after, at=now, actor_id=actor.person_id, reason=reason))
    writing().flush()
    if after not in LIVE:
        close_authorisation(signup.id)


def close_authorisation(signup_id: int) -> None:
    """Write that nobody answered the open question to the guardian, where there is one."""
    writing().execute(
        sa.update(Authorisation)
        .where(Authorisation.signup_id == signup_id, Authorisation.answer.is_(None))
        .values(answer=AuthorisationAnswer.EXPIRED, answered_at=clock.now())
    )
