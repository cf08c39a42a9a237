"""Every change of a signup's state goes through here: the table allows it, the row and its dated move are written."""

from __future__ import annotations

from datetime import datetime

from civic.activities.models import Signup, SignupMove
from civic.activities.types import SIGNUP_MOVES, SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.states import check_move


def move(actor: Actor, signup: Signup, after: SignupState, *, reason: str = "", hold_until: datetime | None = None) -> None:
    """Bring the locked `signup` into state `after`, saying who did it and why."""
    check_move(SIGNUP_MOVES, signup.state, after)
    now = clock.now()
    before, signup.state, signup.hold_until = signup.state, after, hold_until
    if after is SignupState.CONFIRMED:
        signup.confirmed_at = now
    writing().add(SignupMove(signup_id=signup.id, before=before, after=after, at=now, actor_id=actor.person_id, reason=reason))
    writing().flush()
