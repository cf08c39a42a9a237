"""What follows when a signup has ended: its place goes on, and who waited together with it may need fewer."""

from __future__ import annotations

from civic.activities.models import Signup
from civic.activities.services import places, sibling_queue
from civic.activities.types import HOLDING, OpeningFacts, SignupState


def let_go(opening: OpeningFacts, signup: Signup, before: SignupState) -> None:
    """Hand on the place that the signup held in the state `before` it ended; the caller holds the lock of the opening.

    Where it waited with brothers and sisters the line is served anew: the others may fit into what is free.
    """
    was_tied = sibling_queue.untie([signup])
    if before in HOLDING:
        places.hand_over(opening, signup)
    elif before is SignupState.WAITING and was_tied:
        places.fill_free_places(opening)
