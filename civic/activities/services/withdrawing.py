"""Taking back: an authorisation that was given, and every signup of who leaves."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.events import SignupCancelled
from civic.activities.models import Activity, Authorisation, Signup
from civic.activities.queries import facts
from civic.activities.services import holds, places
from civic.activities.services.answering import cancel_signup, lock_own_signup
from civic.activities.services.moves import move
from civic.activities.types import HOLDING, LIVE, AuthorisationAnswer, OfferAnswer, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


def withdraw_authorisation(actor: Actor, signup_public_id: str) -> None:
    """Take back the yes to a signup of a ward: it is withdrawn from now on, the signup ends, its place goes on."""
    found = facts.find_signup(signup_public_id)
    if found is None or found.person_id not in actor.wards:
        raise NotFound
    signup, opening = lock_own_signup(actor, signup_public_id)
    if opening.ends_at and clock.now() >= opening.ends_at:
        raise RuleBroken(N_("The activity is over: there is nothing left to withdraw."))
    withdrawn = writing().execute(
        sa.update(Authorisation)
        .where(
            Authorisation.signup_id == signup.id,
            Authorisation.answer == AuthorisationAnswer.GRANTED,
            Authorisation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )
    if not withdrawn.rowcount:
        return
    audit.record(actor, "withdraw_authorisation", "signup", signup.id)
    if signup.state in LIVE:
        _end(actor, signup, opening)


def _end(actor: Actor, signup: Signup, opening: OpeningFacts) -> None:
    held = signup.state in HOLDING
    if signup.state is SignupState.OFFERED:
        holds.close_offer(signup.id, OfferAnswer.WITHDRAWN)
    move(actor, signup, SignupState.CANCELLED, reason="authorisation withdrawn")
    if held:
        places.hand_over(opening)
    outbox.record(SignupCancelled(signup.id, by_organisation=False))


def cancel_all_signups(actor: Actor, person_id: int) -> int:
    """Cancel every signup of the person (the actor, or a ward) for what is not over; return how many there were."""
    now = clock.now()
    statement = (
        sa.select(Signup.public_id)
        .join(Activity, Activity.id == Signup.activity_id)
        .where(Signup.person_id == person_id, Signup.state.in_(LIVE), sa.func.coalesce(Activity.ends_at, now) >= now)
        .order_by(Signup.opening_id)
    )
    ids = session().scalars(statement).all()
    for public_id in ids:
        cancel_signup(actor, public_id)
    return len(ids)
