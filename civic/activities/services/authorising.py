"""The guardian's yes or no: asked by a mailed link with a clock, given at a click, withdrawn at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from civic.accounts.models import Account, Link, Person
from civic.accounts.rules import check_name, is_minor_on, may_have_account
from civic.accounts.services import links, people
from civic.accounts.types import LinkPurpose
from civic.activities.events import AuthorisationGranted, SignupCancelled, SignupConfirmed, SignupDeclined
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import facts, yeses
from civic.activities.services import holds, places, precautions, second_guardian
from civic.activities.services.leaving import let_go
from civic.activities.services.moves import move
from civic.activities.services.second_guardian import NOBODY, Second
from civic.activities.types import LIVE, AuthorisationAnswer, OfferAnswer, OpeningFacts, PersonFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


@dataclass(frozen=True, slots=True)
class Given:
    """An authorisation that a signed-in guardian gives while enrolling: who, and the exact text that was shown.

    `is_sole` where they said that they alone have parental responsibility; `phone` where the activity calls who says yes.
    """

    guardian_id: int
    text: str
    is_sole: bool = False
    phone: str | None = None

    def is_enough(self, opening: OpeningFacts) -> bool:
        """Whether nobody else must say yes."""
        return self.is_sole or opening.authorisations_needed == 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guardian answers through the link: the boxes ticked, their name, and the exact texts that were shown.

    `consent_text` is what they agreed to on the use of the child's data; empty where the box was left alone. `second` is
    who else must say yes, where both are asked. `email` and `phone` are asked of who was reached on paper, `phone` as well
    where the activity calls who says yes.
    """

    is_granted: bool
    name: str = ""
    text: str = ""
    is_adult_with_responsibility: bool = False
    consent_text: str = ""
    second: Second = NOBODY
    email: str | None = None
    phone: str | None = None


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
            "is_sole": given.is_sole,
        },
    )


def answer_by_link(token: str, answer: Answer) -> str:
    """Write the guardian's answer and let the signup follow it; return the signup's public id.

    Raises RuleBroken where the link is spent or late, or the boxes are not ticked. Granting makes a held place firm
    and lets a person in the queue be served, once all have who must; refusing ends the signup and frees the place, with
    no reason told.
    """
    link = links.get_usable_link(token, LinkPurpose.AUTHORISATION)
    asked = writing().get(Authorisation, link.subject_id)
    signup = writing().get(Signup, asked.signup_id)
    ward = facts.lock_person(signup.person_id)
    opening = facts.lock_opening(signup.opening_id)
    signup = facts.lock_signup(signup.id)
    _check_is_needed(asked, signup)
    second_id = _check_yes(asked, answer, ward, opening) if answer.is_granted else None
    links.use_link(token, LinkPurpose.AUTHORISATION)
    _write_answer(asked, answer)
    guardian = Actor(person_id=asked.guardian_id, name=asked.answered_name or "")
    if answer.is_granted:
        if answer.consent_text and is_child(ward.birth_on):
            answer_for_child(asked.guardian_id, ward.id, answer.consent_text)
        follow_granted(guardian, asked, signup, opening, second_id)
    else:
        _follow_refused(guardian, signup, opening)
    audit.record(guardian, f"authorisation_{asked.answer.value}", "signup", signup.id, authorisation=asked.id)
    return signup.public_id


def _check_yes(asked: Authorisation, answer: Answer, ward: PersonFacts, opening: OpeningFacts) -> int | None:
    """Raise RuleBroken unless this guardian may say yes, and as another than the first; return whom the first names."""
    said_yes = yeses.list_yeses(asked.signup_id)
    check_answer(answer, needs_consent=is_child(ward.birth_on) and not said_yes)
    _check_is_adult(asked.guardian_id)
    _reach(asked.guardian_id, answer, ward)
    precautions.keep_number(asked.guardian_id, answer.phone, ward.id, opening)
    if not said_yes:
        return second_guardian.find_second(opening.authorisations_needed, answer.second, ward.id, [asked.guardian_id])
    second_guardian.check_is_another(answer.name, said_yes, field="name")
    return None


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


def is_unreachable(guardian_id: int) -> bool:
    """Whether nobody could write to or call this guardian: the question came on a sheet of paper."""
    guardian = session().get(Person, guardian_id)
    has_account = session().scalar(sa.select(Account.id).where(Account.person_id == guardian_id)) is not None
    return not (guardian.email or guardian.phone or has_account)


def _reach(guardian_id: int, answer: Answer, ward: PersonFacts) -> None:
    """Keep where a guardian who was asked on paper can be told what changes; raise RuleBroken where they do not say."""
    if not is_unreachable(guardian_id):
        return
    if not (answer.email or answer.phone):
        raise RuleBroken(N_("Write an e-mail address or a telephone number: nobody could tell you what changes."), field="email")
    if answer.email and people.is_mailbox_of(ward.id, answer.email):
        raise RuleBroken(N_("This is the young person's own address: write yours."), field="email")
    people.reach_contact(guardian_id, answer.email, answer.phone)


def _write_answer(asked: Authorisation, answer: Answer) -> None:
    asked.answer = AuthorisationAnswer.GRANTED if answer.is_granted else AuthorisationAnswer.REFUSED
    asked.answered_at = clock.now()
    asked.answered_name = answer.name.strip() or None
    asked.text = answer.text
    asked.is_sole = answer.is_granted and answer.second.is_sole
    writing().flush()


def answer_for_child(guardian_id: int, child_id: int, consent_text: str) -> None:
    """Who says yes for a child answers for it, unless somebody does already; from 14 on a yes is for one sign-up alone."""
    if people.find_guardian(child_id) is None:
        people.ensure_guardianship(guardian_id, child_id)
    people.give_consent(child_id, guardian_id, consent_text)


def follow_granted(
    guardian: Actor, asked: Authorisation, signup: Signup, opening: OpeningFacts, second_id: int | None = None
) -> None:
    """Let the signup go on after a yes: a held place is firm, who waits can be served; the person is told.

    Where another yes is missing still, that is asked for next.
    """
    people.name_contact(asked.guardian_id, asked.answered_name or "")
    if not facts.has_authorisation(signup.id):
        second_guardian.ask_next(signup, opening, second_id)
        return
    outbox.record(AuthorisationGranted(asked.id, signup.id))
    if signup.state is SignupState.PENDING_GUARDIAN:
        move(guardian, signup, SignupState.CONFIRMED, reason="authorised")
        outbox.record(SignupConfirmed(signup.id))
    elif signup.state is SignupState.WAITING:
        places.fill_free_places(opening)


def _follow_refused(guardian: Actor, signup: Signup, opening: OpeningFacts) -> None:
    """End the signup; a firm place, asked about after a meeting moved, ends as one that is given back."""
    before = signup.state
    if signup.state is SignupState.OFFERED:
        holds.close_offer(signup.id, OfferAnswer.DECLINED)
    was_firm = before is SignupState.CONFIRMED
    after = SignupState.CANCELLED if was_firm else SignupState.DECLINED
    move(guardian, signup, after, reason="refused by guardian")
    let_go(opening, signup, before)
    told = SignupCancelled(signup.id, by_organisation=False) if was_firm else SignupDeclined(signup.id, by_guardian=True)
    outbox.record(told)


def read_asked(token: str) -> tuple[Link, Authorisation | None]:
    """Return the link and the authorisation it is for, spent or not, so that the page can say what happened."""
    link = links.find_link(token, LinkPurpose.AUTHORISATION)
    if link is None:
        raise NotFound
    return link, session().get(Authorisation, link.subject_id)
