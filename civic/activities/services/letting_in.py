"""A request that is let in, by the organisation's yes or by the draw: to a place if there is one, else to the queue."""

from __future__ import annotations

from civic.activities import rules
from civic.activities.events import SignupConfirmed
from civic.activities.models import Signup
from civic.activities.services import asking, eligibility, places
from civic.activities.services.moves import move
from civic.activities.types import OpeningFacts, SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.outbox import services as outbox


def let_in(actor: Actor, signup: Signup, opening: OpeningFacts, reason: str, *, may_hold: bool = True) -> SignupState:
    """Give the request a place, firm or held for the guardian, or let it wait; who lacks a yes is asked for it now.

    Return the state; that somebody waits is for the caller to tell. Who is not to `hold` a place waits, whatever is free.
    """
    lacks_authorisation = eligibility.lacks_authorisation(signup, opening)
    after = SignupState.WAITING
    if may_hold and places.claim(opening.id, is_referred=signup.is_referred):
        after = SignupState.PENDING_GUARDIAN if lacks_authorisation else SignupState.CONFIRMED
    move(actor, signup, after, hold_until=rules.hold_until_for(after, clock.now(), opening), reason=reason)
    if after is SignupState.CONFIRMED:
        outbox.record(SignupConfirmed(signup.id))
    if lacks_authorisation:
        outbox.record(asking.start_clock(signup, opening))
    return after
