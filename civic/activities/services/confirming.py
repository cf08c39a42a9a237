"""The click on the link that a newcomer was mailed: what was written in the form counts from here on."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.accounts import rules as ages
from civic.accounts.models import Account, Link, Person
from civic.accounts.services import links, people
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.events import DrawEntered, SignupConfirmed, SignupRequested, SignupWaiting
from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.services import asking, eligibility, places, precautions, second_guardian
from civic.activities.services.moves import move
from civic.activities.services.second_guardian import NOBODY, Second
from civic.activities.types import HOLDING, AuthorisationAnswer, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

_WAITS_FOR_CLICK = (SignupState.UNCONFIRMED, SignupState.WAITING, SignupState.REQUESTED)
_TOO_LATE = N_("The two hours have passed and the place was given back. Sign up again: it takes a minute.")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a click on the mailed link did: the signup, and the account that it belongs to from now on, if any."""

    signup_public_id: str
    account_id: int | None = None


def confirm_address(token: str, second: Second = NOBODY, phone: str | None = None) -> Confirmed:
    """Take the click on the mailed link: the hold becomes a place, a request, or a wait for the guardian or in the queue.

    Where the address belongs to an account of the same person, the signup is theirs from now on, and only whom they name
    themselves, or who answers for them already, is asked for the authorisation. Who enrolled a child answers for it, and
    says now who else must say yes, where both are asked, and at which number they are called, where the activity calls: before
    the click neither is kept.
    """
    link = links.get_usable_link(token, LinkPurpose.CONFIRM_SIGNUP)
    writer = writing().get(Person, link.person_id)
    account = _account_of(writer)
    signup, opening = _lock(link, account)
    if signup.state not in _WAITS_FOR_CLICK or (signup.hold_until is not None and signup.hold_until <= clock.now()):
        raise RuleBroken(_TOO_LATE)
    links.use_link(token, LinkPurpose.CONFIRM_SIGNUP)
    links.kill_links(LinkPurpose.CONFIRM_SIGNUP, signup.id)
    if signup.person_id != writer.id:
        holder = _guardian_with(account, writing().get(Person, signup.person_id))
        precautions.keep_number((holder or writer).id, phone, signup.person_id, opening)
        _answer_for_child(signup, opening, holder or writer, link, second)
    else:
        holder = _holder_with(account, writer)
        own = _attach(signup, holder, opening) if holder else None
        if own is not None:
            return Confirmed(own, account.id)
        people.give_consent(signup.person_id, signup.person_id, link.agreed_text or "")
    actor = Actor(person_id=(holder or writer).id)
    _settle(actor, signup, opening)
    audit.record(actor, "confirm_address", "signup", signup.id, state=signup.state.value)
    return Confirmed(signup.public_id, account.id if holder else None)


def refuse_address(token: str) -> None:
    """Take the other click, of who did not fill in the form: the place goes on, and the address is free for its owner."""
    link = links.get_usable_link(token, LinkPurpose.CONFIRM_SIGNUP)
    signup, opening = _lock(link, None)
    links.use_link(token, LinkPurpose.CONFIRM_SIGNUP)
    links.kill_links(LinkPurpose.CONFIRM_SIGNUP, signup.id)
    if signup.awaits_click and signup.state in _WAITS_FOR_CLICK:
        asking.close_asked(signup.id)
        held = signup.state in HOLDING
        move(Actor(person_id=link.person_id), signup, SignupState.CANCELLED, reason="not theirs")
        if held:
            places.hand_over(opening, signup)
    audit.record(Actor(person_id=link.person_id), "refuse_address", "signup", signup.id)


def _account_of(writer: Person) -> Account | None:
    return writing().scalar(
        sa.select(Account).where(
            Account.email == writer.email, Account.confirmed_at.is_not(None), Account.disabled_at.is_(None)
        )
    )


def _lock(link: Link, account: Account | None) -> tuple[Signup, OpeningFacts]:
    """Lock who comes and the holder of the account, then the opening and the signup: the order in which everybody does."""
    signup = writing().get(Signup, link.subject_id)
    for person_id in sorted({signup.person_id, account.person_id if account else signup.person_id}):
        facts.lock_person(person_id)
    opening = facts.lock_opening(signup.opening_id)
    return facts.lock_signup(signup.id), opening


def _guardian_with(account: Account | None, child: Person) -> Person | None:
    """Return the holder as who answers for a child; a young person's account on the family's mailbox answers for nobody.

    Raises RuleBroken where they are the child, judged by the date of birth: nobody says yes for themselves.
    """
    holder = writing().get(Person, account.person_id) if account else None
    if holder is not None and holder.birth_on == child.birth_on:
        raise RuleBroken(asking.OWN_ADDRESS)
    return None if holder is None or ages.is_minor_on(holder.birth_on, clock.today()) else holder


def _holder_with(account: Account | None, writer: Person) -> Person | None:
    """Return the holder where they are who signed up, judged by the date of birth: mailboxes are shared.

    Who comes to counselling stays apart from their account, which a parent may look into.
    """
    holder = writing().get(Person, account.person_id) if account and not writer.is_confided else None
    return holder if holder is not None and holder.birth_on == writer.birth_on else None


def _answer_for_child(signup: Signup, opening: OpeningFacts, guardian: Person, link: Link, second: Second) -> None:
    """Write the three things that who enrolled a child said in the form: they answer for it, they agree, they authorise."""
    people.ensure_guardianship(guardian.id, signup.person_id)
    people.give_consent(signup.person_id, guardian.id, link.agreed_text or "")
    asked = asking.find_open(signup.id)
    if asked is not None:
        second_id = second_guardian.find_second(opening.authorisations_needed, second, signup.person_id, [guardian.id])
        asked.guardian_id = guardian.id
        asked.answer, asked.answered_at = AuthorisationAnswer.GRANTED, clock.now()
        asked.answered_name, asked.is_sole = guardian.full_name, second.is_sole
        if second.text:
            asked.text = second.text
        writing().flush()
        if second_id is not None:
            second_guardian.write_question(signup.id, second_id, opening)


def _attach(signup: Signup, holder: Person, opening: OpeningFacts) -> str | None:
    """Let the signup belong to the holder of the account; return the one they have here already, which stays instead.

    Whoever filled in the form knew no more than an address and a birthday: the guardian they named counts for nothing.
    """
    asking.close_asked(signup.id)
    own, _ = facts.list_clashes(holder.id, signup.opening_id)
    if own is not None:
        held = signup.state in HOLDING
        move(Actor(person_id=holder.id), signup, SignupState.CANCELLED, reason="signed up already")
        if held:
            places.hand_over(opening, signup)
        return own
    eligibility.check_may_have(holder.id, opening, signup.id)
    signup.person_id = holder.id
    writing().flush()
    return None


def _settle(actor: Actor, signup: Signup, opening: OpeningFacts) -> None:
    """Let the signup go on from where it waited for the click."""
    signup.awaits_click = False
    writing().flush()
    lacks = eligibility.lacks_authorisation(signup, opening)
    if signup.state is SignupState.WAITING:
        _join_queue(signup, opening, lacks)
        return
    if signup.state is SignupState.REQUESTED:
        _enter_draw(signup, opening)
        return
    after = rules.state_for_new_signup(opening, is_address_confirmed=True, lacks_authorisation=lacks)
    move(actor, signup, after, hold_until=rules.hold_until_for(after, clock.now(), opening), reason="address confirmed")
    if after is SignupState.CONFIRMED:
        outbox.record(SignupConfirmed(signup.id))
    elif after is SignupState.REQUESTED:
        # A request holds no place: the one kept for the two hours goes on.
        places.hand_over(opening, signup)
        outbox.record(SignupRequested(signup.id))
    else:
        outbox.record(asking.start_clock(signup, opening))


def _enter_draw(signup: Signup, opening: OpeningFacts) -> None:
    """Let who waited for the click take part in the draw; whoever clicks after its moment has come late."""
    signup.hold_until = None
    if clock.now() >= opening.draw_at:
        signup.joined_at = clock.now()
    writing().flush()
    outbox.record(DrawEntered(signup.id))


def _join_queue(signup: Signup, opening: OpeningFacts, lacks_authorisation: bool) -> None:
    """Let who waited for the click be served like everybody in the queue; what is free now is offered at once."""
    signup.hold_until = None
    writing().flush()
    if lacks_authorisation:
        outbox.record(asking.start_clock(signup, opening))
    else:
        places.fill_free_places(opening)
    if signup.state is SignupState.WAITING:
        outbox.record(SignupWaiting(signup.id))
