"""The guardian's yes or no: asked by a mailed link with a clock, given at a click, withdrawn at any time."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.accounts.models import Link, Person
from civic.accounts.rules import is_minor_on
from civic.accounts.services import links, people
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.events import AuthorisationAsked, AuthorisationGranted, SignupConfirmed, SignupDeclined
from civic.activities.models import Authorisation, Signup
from civic.activities.policy import Action, Target, can
from civic.activities.queries import facts
from civic.activities.services import places
from civic.activities.services.moves import move
from civic.activities.types import HOLDING, LIVE, AuthorisationAnswer, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


@dataclass(frozen=True, slots=True)
class Given:
    """An authorisation that a signed-in guardian gives while enrolling: who, and the exact text that was shown."""

    guardian_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guardian answers through the link: the boxes ticked, their name, and the exact text that was shown."""

    is_granted: bool
    name: str = ""
    text: str = ""
    is_adult_with_responsibility: bool = False


def write_given(actor: Actor, signup_id: int, given: Given) -> None:
    """Write an authorisation that is given on the spot."""
    now = clock.now()
    writing().execute(
        sa.insert(Authorisation).inline(),
        {
            "signup_id": signup_id,
            "guardian_id": given.guardian_id,
            "text": given.text,
            "asked_at": now,
            "expires_at": now,
            "resends": 0,
            "answer": AuthorisationAnswer.GRANTED,
            "answered_at": now,
            "answered_name": actor.name,
        },
    )


def write_open(signup_id: int, guardian_id: int, opening: OpeningFacts) -> Authorisation:
    """Write an authorisation that waits for its answer, without asking anybody yet."""
    now = clock.now()
    asked = Authorisation(
        signup_id=signup_id,
        guardian_id=guardian_id,
        asked_at=now,
        expires_at=rules.authorisation_deadline(now, opening.starts_at),
    )
    writing().add(asked)
    writing().flush()
    return asked


def ask(asked: Authorisation, signup_id: int) -> AuthorisationAsked:
    """Make the link for an open authorisation; the event that is returned, once recorded, mails it."""
    link_id = links.make_link(LinkPurpose.AUTHORISATION, asked.guardian_id, asked.expires_at, subject_id=asked.id)
    return AuthorisationAsked(asked.id, signup_id, link_id)


def find_open(signup_id: int) -> Authorisation | None:
    """Return the authorisation of the signup that still waits for an answer, or None."""
    return session().scalar(sa.select(Authorisation).where(Authorisation.signup_id == signup_id, Authorisation.answer.is_(None)))


def start_clock(signup: Signup, opening: OpeningFacts) -> AuthorisationAsked:
    """Ask the guardian of a signup whose authorisation was written earlier, the time counting from now."""
    asked = find_open(signup.id)
    if asked is None:
        raise RuleBroken(N_("We do not know whom to ask for the authorisation: write the guardian's address."))
    asked.asked_at = clock.now()
    asked.expires_at = rules.authorisation_deadline(asked.asked_at, opening.starts_at)
    writing().flush()
    return ask(asked, signup.id)


def answer_by_link(token: str, answer: Answer) -> str:
    """Write the guardian's answer and let the signup follow it; return the signup's public id.

    Raises RuleBroken where the link is spent or late, or the boxes are not ticked. Granting makes a held place firm
    and lets a person in the queue be served; refusing ends the signup and frees the place, with no reason told.
    """
    link = links.get_usable_link(token, LinkPurpose.AUTHORISATION)
    if answer.is_granted:
        check_answer(answer)
    asked = writing().get(Authorisation, link.subject_id)
    signup = writing().get(Signup, asked.signup_id)
    facts.lock_person(signup.person_id)
    opening = facts.lock_opening(signup.opening_id)
    signup = facts.lock_signup(signup.id)
    if signup.state not in LIVE:
        raise RuleBroken(N_("This sign-up is over: there is nothing left to authorise."))
    if answer.is_granted:
        _check_is_adult(asked.guardian_id)
    links.use_link(token, LinkPurpose.AUTHORISATION)
    _write_answer(asked, answer)
    guardian = Actor(person_id=asked.guardian_id, name=asked.answered_name or "")
    if answer.is_granted:
        _follow_granted(guardian, asked, signup, opening)
    else:
        _follow_refused(guardian, signup, opening)
    audit.record(guardian, f"authorisation_{asked.answer.value}", "signup", signup.id, authorisation=asked.id)
    return signup.public_id


def check_answer(answer: Answer) -> None:
    """Raise RuleBroken unless the guardian said who they are and that they may decide."""
    if not answer.name.strip():
        raise RuleBroken(N_("Write your name and family name."), field="name")
    if not answer.is_adult_with_responsibility:
        raise RuleBroken(N_("Tick the box: only who has parental responsibility can authorise."), field="is_responsible")


def _check_is_adult(guardian_id: int) -> None:
    """Raise RuleBroken where the address that was asked is the account of somebody under 18: a friend's yes is no yes."""
    birth_on = facts.get_person(guardian_id).birth_on
    if birth_on is not None and is_minor_on(birth_on, clock.today()):
        raise RuleBroken(N_("Tick the box: only who has parental responsibility can authorise."), field="is_responsible")


def _write_answer(asked: Authorisation, answer: Answer) -> None:
    asked.answer = AuthorisationAnswer.GRANTED if answer.is_granted else AuthorisationAnswer.REFUSED
    asked.answered_at = clock.now()
    asked.answered_name = answer.name.strip() or None
    asked.text = answer.text
    writing().flush()


def _follow_granted(guardian: Actor, asked: Authorisation, signup: Signup, opening: OpeningFacts) -> None:
    people.ensure_guardianship(asked.guardian_id, signup.person_id)
    people.name_contact(asked.guardian_id, asked.answered_name or "")
    outbox.record(AuthorisationGranted(asked.id, signup.id))
    if signup.state is SignupState.PENDING_GUARDIAN:
        move(guardian, signup, SignupState.CONFIRMED, reason="authorised")
        outbox.record(SignupConfirmed(signup.id))
    elif signup.state is SignupState.WAITING:
        places.fill_free_places(opening)


def _follow_refused(guardian: Actor, signup: Signup, opening: OpeningFacts) -> None:
    held = signup.state in HOLDING
    move(guardian, signup, SignupState.DECLINED, reason="refused by guardian")
    if held:
        places.hand_over(opening)
    outbox.record(SignupDeclined(signup.id, by_guardian=True))


def correct_guardian(actor: Actor, signup_public_id: str, email: str) -> None:
    """Ask again at `email`: the old link is worthless from now on, the clock does not start anew.

    Raises RuleBroken after three resends, or where the address is the young person's own.
    """
    signup = facts.find_signup(signup_public_id)
    asked = find_open(signup.id) if signup else None
    if signup is None or asked is None or not can(actor, Action.CANCEL_SIGNUP, Target(person_id=signup.person_id)):
        raise NotFound
    if asked.resends >= rules.MAX_RESENDS:
        raise RuleBroken(N_("The link was already sent again three times. Ask the organisation for help."), field="email")
    check_guardian_address(email, people.address_of(signup.person_id))
    links.kill_links(LinkPurpose.AUTHORISATION, asked.id)
    asked.resends += 1
    if email != session().scalar(sa.select(Person.email).where(Person.id == asked.guardian_id)):
        asked.guardian_id = people.contact_for(email, language=None)
    writing().flush()
    audit.record(actor, "guardian_corrected", "signup", signup.id, authorisation=asked.id)
    outbox.record(ask(asked, signup.id))


def check_guardian_address(email: str, own_email: str | None) -> None:
    """Raise RuleBroken where the guardian's address is the young person's own."""
    if own_email and email == own_email:
        raise RuleBroken(
            N_("This is your own address: write the one of a parent, or of who has parental responsibility."),
            field="guardian_email",
        )


def read_asked(token: str) -> tuple[Link, Authorisation | None]:
    """Return the link and the authorisation it is for, spent or not, so that the page can say what happened."""
    link = links.find_link(token, LinkPurpose.AUTHORISATION)
    if link is None:
        raise NotFound
    return link, session().get(Authorisation, link.subject_id)
