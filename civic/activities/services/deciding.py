"""What the organisation does with signups: approve or decline a request, cancel a signup with a reason."""

from __future__ import annotations

from civic.activities import rules
from civic.activities.events import SignupCancelled, SignupDeclined, SignupWaiting
from civic.activities.models import Signup
from civic.activities.policy import Action, Target, check_can, may_know
from civic.activities.queries import facts
from civic.activities.services import age_exceptions, eligibility, holds, referrals
from civic.activities.services.leaving import let_go
from civic.activities.services.letting_in import let_in
from civic.activities.services.moves import move
from civic.activities.types import LIVE, OfferAnswer, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


def lock_for_decision(actor: Actor, public_id: str) -> tuple[Signup, OpeningFacts]:
    """Lock person, opening and signup for who decides for the organisation; NotFound for whoever may not know of it."""
    found = facts.find_signup(public_id)
    if found is None:
        raise NotFound
    opening = facts.get_opening(found.opening_id)
    if not may_know(actor, opening.organisation_id):
        raise NotFound
    check_can(actor, Action.DECIDE_SIGNUP, Target(organisation_id=opening.organisation_id))
    facts.lock_person(found.person_id)
    opening = facts.lock_opening(found.opening_id)
    return facts.lock_signup(found.id), opening


def approve_signup(actor: Actor, public_id: str) -> SignupState:
    """Say yes to a request: a place if there is one (firm, or held for the guardian), else the queue. Return the state."""
    signup, opening = _lock_request(actor, public_id)
    rules.check_may_still_come_in(opening, clock.now())
    eligibility.check_may_have(signup.person_id, opening, signup.id)
    after = let_in(actor, signup, opening, "approved")
    audit.record(actor, "approve_signup", "signup", signup.id, state=after.value)
    if after is SignupState.WAITING:
        outbox.record(SignupWaiting(signup.id))
    return after


def _lock_request(actor: Actor, public_id: str) -> tuple[Signup, OpeningFacts]:
    """Lock a request that waits for the organisation's answer; raise RuleBroken where it does not."""
    signup, opening = lock_for_decision(actor, public_id)
    if signup.state is not SignupState.REQUESTED:
        raise RuleBroken(N_("Somebody has already decided about this request."))
    if opening.awaits_draw:
        raise RuleBroken(N_("Here the draw decides who has a place."))
    return signup, opening


def decline_signup(actor: Actor, public_id: str, reason: str = "") -> None:
    """Say no to a request; the person is told kindly, the reason stays with the organisation."""
    signup, _ = _lock_request(actor, public_id)
    move(actor, signup, SignupState.DECLINED, reason=reason)
    audit.record(actor, "decline_signup", "signup", signup.id)
    outbox.record(SignupDeclined(signup.id, by_guardian=False))


def remove_signup(actor: Actor, public_id: str, reason: str) -> None:
    """Cancel somebody's signup for the organisation; the place goes to the next in line. A reason is asked."""
    if not reason.strip():
        raise RuleBroken(N_("Write the reason: it stays in the record."), field="reason")
    signup, opening = lock_for_decision(actor, public_id)
    if signup.state not in LIVE:
        raise RuleBroken(N_("This sign-up is already over."))
    before = signup.state
    if signup.state is SignupState.OFFERED:
        holds.close_offer(signup.id, OfferAnswer.WITHDRAWN)
    move(actor, signup, SignupState.CANCELLED, reason=reason.strip())
    age_exceptions.withdraw_with(signup.id)
    referrals.withdraw_with(signup.id)
    let_go(opening, signup, before)
    audit.record(actor, "remove_signup", "signup", signup.id)
    outbox.record(SignupCancelled(signup.id, by_organisation=True))
