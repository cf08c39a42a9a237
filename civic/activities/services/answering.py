"""What a person does with a signup of theirs: take or leave an offered place, cancel, leave the queue."""

from __future__ import annotations

from civic.activities import rules
from civic.activities.events import SignupCancelled, SignupConfirmed
from civic.activities.models import Signup
from civic.activities.policy import Action, Target, can
from civic.activities.queries import facts
from civic.activities.services import eligibility, holds, places, sibling_queue
from civic.activities.services.leaving import let_go
from civic.activities.services.moves import move
from civic.activities.types import LIVE, OfferAnswer, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


def lock_own_signup(actor: Actor, public_id: str) -> tuple[Signup, OpeningFacts]:
    """Lock person, opening and signup, in the order in which everybody does, for somebody who may change it."""
    found = facts.find_signup(public_id)
    if found is None or not can(actor, Action.CANCEL_SIGNUP, Target(person_id=found.person_id)):
        raise NotFound
    facts.lock_person(found.person_id)
    opening = facts.lock_opening(found.opening_id)
    return facts.lock_signup(found.id), opening


def _lock_offered(actor: Actor, public_id: str) -> tuple[Signup, list[Signup], OpeningFacts]:
    """Lock the signup, and besides those that were offered a place together with it: who answers, answers for all of them."""
    found = facts.find_signup(public_id)
    if found is None or not can(actor, Action.CANCEL_SIGNUP, Target(person_id=found.person_id)):
        raise NotFound
    facts.lock_person(found.person_id)
    opening = facts.lock_opening(found.opening_id)
    # Who is offered a place together is known under the lock alone, under which offers are made.
    together = sibling_queue.list_offered_with(found)
    if not all(can(actor, Action.CANCEL_SIGNUP, Target(person_id=one.person_id)) for one in together):
        raise RuleBroken(N_("You were signed up together with a brother or sister: who did it answers for all of you."))
    locked = [facts.lock_signup(one.id) for one in together]
    signup = next(one for one in locked if one.id == found.id)
    return signup, [one for one in locked if one is signup or one.state is SignupState.OFFERED], opening


def cancel_signup(actor: Actor, public_id: str, reason: str = "") -> None:
    """End the signup and hand its place on; cancelling what is already cancelled changes nothing."""
    signup, opening = lock_own_signup(actor, public_id)
    if signup.state is SignupState.CANCELLED:
        return
    if signup.state not in LIVE:
        raise RuleBroken(N_("This sign-up is already over."))
    if opening.ends_at and clock.now() >= opening.ends_at:
        raise RuleBroken(N_("The activity is over: there is nothing left to cancel."))
    before = signup.state
    if signup.state is SignupState.OFFERED:
        holds.close_offer(signup.id, OfferAnswer.DECLINED)
    move(actor, signup, SignupState.CANCELLED, reason=reason)
    let_go(opening, signup, before)
    audit.record(actor, "cancel_signup", "signup", signup.id)
    outbox.record(SignupCancelled(signup.id, by_organisation=False))


def accept_offer(actor: Actor, public_id: str) -> None:
    """Make the offered place firm, and with it those of brothers and sisters who were offered one together.

    Accepting twice changes nothing; late, the person stays in the queue.
    """
    signup, together, opening = _lock_offered(actor, public_id)
    if signup.state is SignupState.CONFIRMED:
        return
    if signup.state is not SignupState.OFFERED or signup.hold_until <= clock.now():
        raise _too_late(signup)
    rules.check_may_still_come_in(opening, clock.now())
    for one in together:
        _check_may_come(one, opening)
    for one in together:
        holds.close_offer(one.id, OfferAnswer.ACCEPTED)
        move(actor, one, SignupState.CONFIRMED)
        audit.record(actor, "accept_offer", "signup", one.id)
        outbox.record(SignupConfirmed(one.id))
    sibling_queue.untie(together)


def keep_waiting(actor: Actor, public_id: str) -> None:
    """Leave the offered place to the next person and stay in the queue, at its end: "not now"."""
    signup, together, opening = _lock_offered(actor, public_id)
    if signup.state is not SignupState.OFFERED:
        raise _too_late(signup)
    rules.check_may_still_come_in(opening, clock.now())
    for one in together:
        holds.close_offer(one.id, OfferAnswer.DECLINED)
        places.release(opening.id, is_referred=one.is_referred)
    places.fill_free_places(opening)
    for one in together:
        move(actor, one, SignupState.WAITING, reason="not now")
        one.joined_at = clock.now()
        writing().flush()
        audit.record(actor, "keep_waiting", "signup", one.id)


def take_free_place(actor: Actor, public_id: str) -> None:
    """Let a person of the queue take a place that came free too near the start to be offered: the first has it."""
    signup, opening = lock_own_signup(actor, public_id)
    if signup.state is SignupState.CONFIRMED:
        return
    rules.check_is_open(opening, clock.now())
    if signup.state is not SignupState.WAITING:
        raise _too_late(signup)
    _check_may_come(signup, opening)
    if not places.claim(opening.id, is_referred=signup.is_referred):
        raise RuleBroken(N_("The last place was just taken."))
    move(actor, signup, SignupState.CONFIRMED, reason="took a late place")
    sibling_queue.untie([signup])
    audit.record(actor, "take_free_place", "signup", signup.id)
    outbox.record(SignupConfirmed(signup.id))


def _too_late(signup: Signup) -> RuleBroken:
    """Return what to say to somebody who answers an offer that is no longer there."""
    if signup.state not in (SignupState.WAITING, SignupState.OFFERED):
        return RuleBroken(N_("This sign-up is already over."))
    return RuleBroken(
        N_("This offer has expired. You are still in the waiting list, as number %(num)s."), num=facts.position_of(signup)
    )


def _check_may_come(signup: Signup, opening: OpeningFacts) -> None:
    if signup.awaits_click:
        raise RuleBroken(N_("First confirm your address: open the link in the mail we sent you."))
    eligibility.check_may_have(signup.person_id, opening, signup.id)
    if eligibility.lacks_authorisation(signup, opening):
        raise RuleBroken(N_("The authorisation of your guardian is still missing."))
