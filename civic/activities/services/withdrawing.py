"""Taking back: an authorisation that was given, and every signup of who leaves."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.services import closing, links, people
from civic.accounts.types import LinkPurpose
from civic.activities.events import GuardianshipEnded, SignupCancelled
from civic.activities.models import Activity, Authorisation, Occurrence, Opening, Signup
from civic.activities.queries import facts, guardians
from civic.activities.services import holds
from civic.activities.services.answering import cancel_signup, lock_own_signup
from civic.activities.services.leaving import let_go
from civic.activities.services.moves import move
from civic.activities.types import LIVE, AuthorisationAnswer, OfferAnswer, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

_WITHDRAW = sa.text("""
UPDATE authorisation h SET answer = coalesce(h.answer, 'expired'), answered_at = coalesce(h.answered_at, :now),
       withdrawn_at = :now
  FROM signup s
 WHERE s.id = h.signup_id AND s.person_id = :ward_id AND h.guardian_id = :guardian_id AND h.withdrawn_at IS NULL
RETURNING h.id, h.answer, s.public_id, s.opening_id
""")


def withdraw_authorisation(actor: Actor, signup_public_id: str) -> None:
    """Take back one's own yes to a signup of a ward: it is withdrawn from now on, the signup ends, its place goes on.

    A yes that was given through a mailed link is one's own where the account has the address of that link.

    Who answers for this signup alone (a signature on paper) takes back with it what they agreed to about the data.
    """
    wards, actor = actor.wards, guardians.with_ward(actor, signup_public_id)
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
            Authorisation.guardian_id.in_(people.as_whom_wrote(actor.person_id)),
            Authorisation.answer == AuthorisationAnswer.GRANTED,
            Authorisation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )
    if not withdrawn.rowcount:
        return
    audit.record(actor, "withdraw_authorisation", "signup", signup.id)
    if signup.person_id not in wards:
        closing.withdraw_consents(actor, signup.person_id)
    if signup.state in LIVE:
        end_signup(actor, signup, opening, "authorisation withdrawn")


def end_signup(actor: Actor, signup: Signup, opening: OpeningFacts, reason: str) -> None:
    """End a signup whose yes stands no more: its place goes on, and the people of it are told."""
    before = signup.state
    if signup.state is SignupState.OFFERED:
        holds.close_offer(signup.id, OfferAnswer.WITHDRAWN)
    move(actor, signup, SignupState.CANCELLED, reason=reason)
    let_go(opening, signup, before)
    outbox.record(SignupCancelled(signup.id, by_organisation=False))


def end_guardianship(actor: Actor, guardian_id: int, ward_id: int) -> None:
    """End the guardian's answering for the ward, and with it every yes they gave: nothing of the ward's reaches them any more.

    A signup to come that only they had authorised ends; one that another guardian authorised as well stays.
    """
    closing.end_guardianship(actor, guardian_id, ward_id)
    withdrawn = writing().execute(_WITHDRAW, {"guardian_id": guardian_id, "ward_id": ward_id, "now": clock.now()}).all()
    links.kill_links(LinkPurpose.AUTHORISATION, *(row.id for row in withdrawn))
    outbox.record(GuardianshipEnded(guardian_id, ward_id))
    for row in sorted(withdrawn, key=lambda row: row.opening_id):
        if row.answer == AuthorisationAnswer.GRANTED:
            _end_unauthorised(actor, row.public_id)


def _end_unauthorised(actor: Actor, signup_public_id: str) -> None:
    signup, opening = lock_own_signup(actor, signup_public_id)
    is_over = opening.ends_at is not None and clock.now() >= opening.ends_at
    if signup.state in LIVE and signup.needs_authorisation and not is_over and not facts.has_authorisation(signup.id):
        end_signup(actor, signup, opening, "authorisation withdrawn")


def cancel_all_signups(actor: Actor, person_id: int) -> int:
    """Cancel every signup of the person (the actor, or a ward) for what is not over; return how many there were."""
    ends_at = sa.func.coalesce(Occurrence.ends_at, Activity.ends_at)
    statement = (
        sa.select(Signup.public_id)
        .join(Activity, Activity.id == Signup.activity_id)
        .join(Opening, Opening.id == Signup.opening_id)
        .outerjoin(Occurrence, Occurrence.id == Opening.occurrence_id)
        .where(
            Signup.person_id == person_id,
            Signup.state.in_(LIVE),
            sa.or_(ends_at.is_(None), ends_at > clock.now()),
        )
        .order_by(Signup.opening_id)
    )
    ids = session().scalars(statement).all()
    for public_id in ids:
        cancel_signup(actor, public_id)
    return len(ids)
