"""The guardian's yes or no: asked by a mailed link with a clock, given at a click, withdrawn at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from civic.accounts.models import Link
from civic.accounts.rules import check_name, is_minor_on, may_have_account
from civic.accounts.services import links, people
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.events import (
    AuthorisationAsked,
    AuthorisationFoundMissing,
    AuthorisationGranted,
    SignupCancelled,
    SignupConfirmed,
    SignupDeclined,
)
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import facts
from civic.activities.services import holds, places
from civic.activities.services.moves import move
from civic.activities.types import HOLDING, LIVE, AuthorisationAnswer, OfferAnswer, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

MOST_ASKED_IN_A_DAY = 5
OWN_ADDRESS = N_("This is your own address: write the one of a parent, or of who has parental responsibility.")

# `me+school@x` is read by who reads `me@x`, as `accounts.rules.mailbox_of` says.
_MAILBOX = "regexp_replace({address}, '[+].*@', '@')"
_ASKED_TODAY = sa.text(f"""
SELECT coalesce(sum(1 + h.resends), 0)
  FROM authorisation h
  JOIN person g ON g.id = h.guardian_id
  LEFT JOIN account c ON c.person_id = g.id
 WHERE h.answer IS DISTINCT FROM 'granted' AND h.asked_at > :since
   AND {_MAILBOX.format(address="coalesce(c.email, g.email)")} = (
       SELECT {_MAILBOX.format(address="coalesce(mc.email, m.email)")} FROM person m
         LEFT JOIN account mc ON mc.person_id = m.id WHERE m.id = :guardian_id)
""")
_CLOSE = sa.text("""
UPDATE authorisation SET answer = coalesce(answer, 'expired'), answered_at = coalesce(answered_at, :now), withdrawn_at = :now
 WHERE signup_id = :signup_id AND withdrawn_at IS NULL RETURNING id
""")


@dataclass(frozen=True, slots=True)
class Given:
    """An authorisation that a signed-in guardian gives while enrolling: who, and the exact text that was shown."""

    guardian_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guardian answers through the link: the boxes ticked, their name, and the exact texts that were shown.

    `consent_text` is what they agreed to on the use of the child's data; empty where the box was left alone.
    """

    is_granted: bool
    name: str = ""
    text: str = ""
    is_adult_with_responsibility: bool = False
    consent_text: str = ""


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
    """Write an authorisation that waits for its answer, without asking anybody yet.

    Raises RuleBroken where this address has been asked often enough today.
    """
    check_may_be_asked(guardian_id)
    now = clock.now()
    asked = Authorisation(
        signup_id=signup_id,
        guardian_id=guardian_id,
        asked_at=now,
        expires_at=rules.authorisation_deadline(now, rules.last_answer_at(now, opening)),
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


def find_answerable(signup_id: int) -> Authorisation | None:
    """Return the authorisation of the signup that can be answered now, or None."""
    asked = find_open(signup_id)
    return asked if asked is not None and asked.expires_at > clock.now() else None


def check_may_be_asked(guardian_id: int) -> None:
    """Raise RuleBroken where this mailbox was asked often enough today: nobody's is filled through us.

    What counts is the mailbox, whoever wrote it and whatever became of the sign-up; a yes shows that the mails are welcome.
    """
    asked = session().scalar(_ASKED_TODAY, {"guardian_id": guardian_id, "since": clock.now() - timedelta(days=1)})
    if asked >= MOST_ASKED_IN_A_DAY:
        raise RuleBroken(
            N_("This address was asked several times today and has not answered yet: answer those mails first."),
            field="guardian_email",
        )


def close_asked(signup_id: int) -> None:
    """End whatever was asked or answered for the signup until now: it gives nobody any right over it any more."""
    closed = writing().scalars(_CLOSE, {"signup_id": signup_id, "now": clock.now()}).all()
    links.kill_links(LinkPurpose.AUTHORISATION, *closed)


def _write_open_to_known(signup: Signup, opening: OpeningFacts) -> Authorisation | None:
    """Write the question for who answers for the person; None where nobody does, or was asked often enough today."""
    guardian_id = people.find_guardian(signup.person_id)
    try:
        return None if guardian_id is None else write_open(signup.id, guardian_id, opening)
    except RuleBroken:
        return None


def start_clock(signup: Signup, opening: OpeningFacts) -> AuthorisationAsked | AuthorisationFoundMissing:
    """Ask whom the open question is for, else who answers for the person, the time counting from now; else it is missing."""
    asked = find_open(signup.id) or _write_open_to_known(signup, opening)
    if asked is None:
        return AuthorisationFoundMissing(signup.id)
    asked.asked_at = now = clock.now()
    asked.expires_at = rules.authorisation_deadline(now, rules.last_answer_at(now, opening))
    writing().flush()
    return ask(asked, signup.id)


def answer_by_link(token: str, answer: Answer) -> str:
    """Write the guardian's answer and let the signup follow it; return the signup's public id.

    Raises RuleBroken where the link is spent or late, or the boxes are not ticked. Granting makes a held place firm
    and lets a person in the queue be served; refusing ends the signup and frees the place, with no reason told.
    """
    link = links.get_usable_link(token, LinkPurpose.AUTHORISATION)
    asked = writing().get(Authorisation, link.subject_id)
    signup = writing().get(Signup, asked.signup_id)
    ward = facts.lock_person(signup.person_id)
    opening = facts.lock_opening(signup.opening_id)
    signup = facts.lock_signup(signup.id)
    _check_is_needed(asked, signup)
    if answer.is_granted:
        check_answer(answer, needs_consent=is_child(ward.birth_on))
        _check_is_adult(asked.guardian_id)
    links.use_link(token, LinkPurpose.AUTHORISATION)
    _write_answer(asked, answer)
    guardian = Actor(person_id=asked.guardian_id, name=asked.answered_name or "")
    if answer.is_granted:
        if is_child(ward.birth_on):
            answer_for_child(asked.guardian_id, ward.id, answer.consent_text)
        follow_granted(guardian, asked, signup, opening)
    else:
        _follow_refused(guardian, signup, opening)
    audit.record(guardian, f"authorisation_{asked.answer.value}", "signup", signup.id, authorisation=asked.id)
    return signup.public_id


def _check_is_needed(asked: Authorisation, signup: Signup) -> None:
    """Raise RuleBroken where nobody waits for the answer any more; what was read before the lock may have changed."""
    writing().refresh(asked)
    if signup.state not in LIVE:
        raise RuleBroken(N_("This sign-up is over: there is nothing left to authorise."))
    if asked.answer is not None:
        raise RuleBroken(N_("Your answer is no longer needed."))


def is_child(birth_on: date | None) -> bool:
    """Whether a guardian decides on the data as well, today: below the age from which one consents alone."""
    return birth_on is not None and not may_have_account(birth_on, clock.today())


def check_answer(answer: Answer, *, needs_consent: bool) -> None:
    """Raise RuleBroken unless the guardian said who they are and that they may decide, and on a child's data as well."""
    if not answer.name.strip():
        raise RuleBroken(N_("Write your name and family name."), field="name")
    try:
        check_name(answer.name)
    except RuleBroken as error:
        raise RuleBroken(error.message, field="name") from None
    if not answer.is_adult_with_responsibility:
        raise RuleBroken(N_("Tick the box: only who has parental responsibility can authorise."), field="is_responsible")
    if needs_consent and not answer.consent_text:
        raise RuleBroken(N_("Under 14 the data may be used only if you agree: tick this box as well."), field="consent")


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


def answer_for_child(guardian_id: int, child_id: int, consent_text: str) -> None:
    """Who says yes for a child answers for it, unless somebody does already; from 14 on a yes is for one sign-up alone."""
    if people.find_guardian(child_id) is None:
        people.ensure_guardianship(guardian_id, child_id)
    people.give_consent(child_id, guardian_id, consent_text)


def follow_granted(guardian: Actor, asked: Authorisation, signup: Signup, opening: OpeningFacts) -> None:
    """Let the signup go on after a yes: a held place is firm, who waits can be served; the person is told."""
    people.name_contact(asked.guardian_id, asked.answered_name or "")
    outbox.record(AuthorisationGranted(asked.id, signup.id))
    if signup.state is SignupState.PENDING_GUARDIAN:
        move(guardian, signup, SignupState.CONFIRMED, reason="authorised")
        outbox.record(SignupConfirmed(signup.id))
    elif signup.state is SignupState.WAITING:
        places.fill_free_places(opening)


def _follow_refused(guardian: Actor, signup: Signup, opening: OpeningFacts) -> None:
    """End the signup; a firm place, asked about after a meeting moved, ends as one that is given back."""
    held, was_firm = signup.state in HOLDING, signup.state is SignupState.CONFIRMED
    if signup.state is SignupState.OFFERED:
        holds.close_offer(signup.id, OfferAnswer.DECLINED)
    after = SignupState.CANCELLED if was_firm else SignupState.DECLINED
    move(guardian, signup, after, reason="refused by guardian")
    if held:
        places.hand_over(opening, signup)
    told = SignupCancelled(signup.id, by_organisation=False) if was_firm else SignupDeclined(signup.id, by_guardian=True)
    outbox.record(told)


def guardian_at(email: str, person_id: int) -> int:
    """Return whom to ask at `email` for the person; raise RuleBroken where it is a mailbox of their own."""
    if people.is_mailbox_of(person_id, email):
        raise RuleBroken(OWN_ADDRESS, field="guardian_email")
    return people.contact_for(email, None)


def read_asked(token: str) -> tuple[Link, Authorisation | None]:
    """Return the link and the authorisation it is for, spent or not, so that the page can say what happened."""
    link = links.find_link(token, LinkPurpose.AUTHORISATION)
    if link is None:
        raise NotFound
    return link, session().get(Authorisation, link.subject_id)
