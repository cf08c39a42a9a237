"""Holds that ran out: judged when read, ended by a job, never extended by a dead worker."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.events import OfferExpired, SignupExpired
from civic.activities.models import Offer, Signup
from civic.activities.queries import facts
from civic.activities.services import places
from civic.activities.services.moves import move
from civic.activities.types import HOLDING, OfferAnswer, OpeningFacts, SignupState
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import writing
from civic.outbox import services as outbox

_ENDING = (SignupState.UNCONFIRMED, SignupState.PENDING_GUARDIAN, SignupState.OFFERED, SignupState.WAITING, SignupState.REQUESTED)


def end_holds(opening_id: int) -> int:
    """End every hold of the opening that has run out and hand its place on; return how many ended.

    So ends the waiting of a newcomer who has not confirmed the address in time, and what was kept for who is referred.
    """
    return end_holds_of(facts.lock_opening(opening_id))


def end_holding_back(opening_id: int) -> int:
    """Serve the line of the opening anew, which holds back no more than it must; return 1."""
    places.fill_free_places(facts.lock_opening(opening_id))
    return 1


def end_holds_of(opening: OpeningFacts) -> int:
    """As `end_holds`, for a caller who holds the lock of the opening."""
    ended = (
        writing()
        .execute(
            sa.select(Signup)
            .where(Signup.opening_id == opening.id, Signup.state.in_(_ENDING), Signup.hold_until <= clock.now())
            .order_by(Signup.hold_until, Signup.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .scalars()
        .all()
    )
    for signup in ended:
        held = signup.state in HOLDING
        if signup.state is SignupState.OFFERED:
            _end_offer(signup)
        else:
            _expire(signup)
        if held:
            places.release(opening.id, is_referred=signup.is_referred)
    ends_reserve = bool(opening.reserved) and opening.reserved_until <= clock.now()
    if ended or ends_reserve:
        # Once for all of them: who missed offers together is not offered one of their places alone.
        places.fill_free_places(opening)
    return len(ended) + ends_reserve


def _end_offer(signup: Signup) -> None:
    """A missed offer moves the person to the end of the list and never deletes them."""
    offer = close_offer(signup.id, OfferAnswer.EXPIRED)
    move(SYSTEM, signup, SignupState.WAITING, reason="offer not taken in time")
    signup.joined_at = clock.now()
    writing().flush()
    outbox.record(OfferExpired(offer, signup.id))


def _expire(signup: Signup) -> None:
    was_waiting_for_guardian = signup.state is SignupState.PENDING_GUARDIAN
    move(SYSTEM, signup, SignupState.EXPIRED, reason="no answer in time")
    outbox.record(SignupExpired(signup.id, was_waiting_for_guardian))


def close_offer(signup_id: int, answer: OfferAnswer) -> int:
    """Write how the live offer of the signup ended, and return its id."""
    return (
        writing()
        .execute(
            sa.update(Offer)
            .where(Offer.signup_id == signup_id, Offer.answer.is_(None))
            .values(answer=answer, answered_at=clock.now())
            .returning(Offer.id)
        )
        .scalar_one()
    )
