"""People without an account who sign up: the place is held for two hours, until the mailed link is clicked."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.accounts import rules as ages
from civic.accounts.models import Link, Person
from civic.accounts.services import links, people
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.events import AddressConfirmationAsked
from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.services import authorising
from civic.activities.services.signing_up import ROUTE, AlreadySignedUp, Entry, enter
from civic.activities.types import SignupState
from civic.kernel import clock, submit_once
from civic.kernel.actor import ANONYMOUS
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What a newcomer writes: who comes, whom we write to, what was consented to.

    `guardian_email` is asked of a young person; `guardian` is who enrols their own child.
    """

    person: PersonDetails
    consent_text: str
    guardian_email: str | None = None
    guardian: PersonDetails | None = None
    authorisation_text: str = ""


def sign_up_newcomer(opening: str, newcomer: Newcomer, submit_key: str, *, joins_queue: bool) -> str:
    """Hold a place for somebody whose address nobody has confirmed yet; return the public id of the signup.

    A child under 14 leaves a first name, a birth date and a guardian's address, and the guardian is asked at once.
    """
    earlier = submit_once.find_result(submit_key, ROUTE, None)
    if earlier is not None:
        return earlier
    person, writes_to = _people_of(newcomer)
    entry = Entry(
        opening=opening,
        person_id=person.id,
        submit_key=submit_key,
        joins_queue=joins_queue,
        guardian_id=_guardian_of(newcomer, person, writes_to),
        is_address_confirmed=writes_to is None,
    )
    public_id = enter(ANONYMOUS, entry)
    signup = facts.find_signup(public_id)
    if signup.person_id != person.id:
        # The same form came twice at once: what this one wrote is rolled back, the other's result is shown.
        raise AlreadySignedUp(public_id)
    if writes_to is not None:
        _ask_to_confirm(signup, writes_to, newcomer)
    return public_id


def _people_of(newcomer: Newcomer) -> tuple[Person, Person | None]:
    """Write the people of a newcomer's form; return who comes, and whose address the link goes to (None: a guardian's)."""
    if newcomer.guardian is not None:
        guardian = people.add_person(newcomer.guardian)
        _check_one_hold(guardian.email)
        return people.add_person(newcomer.person), guardian
    person = people.add_person(newcomer.person)
    if not ages.may_have_account(person.birth_on, clock.today()):
        return person, None
    _check_one_hold(person.email)
    return person, person


def _guardian_of(newcomer: Newcomer, person: Person, writes_to: Person | None) -> int | None:
    """Return whose yes counts: who enrols their child, or who is to be asked for it."""
    if newcomer.guardian is not None and writes_to is not None:
        return writes_to.id
    return authorising.guardian_at(newcomer.guardian_email, person.id) if newcomer.guardian_email else None


def _check_one_hold(email: str) -> None:
    """Raise RuleBroken where this address already holds a place that waits for its link: one at a time."""
    held = session().scalar(
        sa.select(sa.func.count())
        .select_from(Link)
        .join(Person, Person.id == Link.person_id)
        .join(Signup, Signup.id == Link.subject_id)
        .where(
            Link.purpose == LinkPurpose.CONFIRM_SIGNUP,
            Link.used_at.is_(None),
            Link.expires_at > clock.now(),
            Person.email == email,
            Signup.state == SignupState.UNCONFIRMED,
        )
    )
    if held:
        raise RuleBroken(
            N_("A sign-up with this address is waiting to be confirmed: open the link in the mail, then go on with this one."),
            field="email",
        )


def _ask_to_confirm(signup: Signup, writes_to: Person, newcomer: Newcomer) -> None:
    """What was agreed to counts from the click: until then it is kept beside the link, and the authorisation is open."""
    opening = facts.get_opening(signup.opening_id)
    expires_at = signup.hold_until or rules.hold_until_for(SignupState.UNCONFIRMED, clock.now(), opening)
    link_id = links.make_link(LinkPurpose.CONFIRM_SIGNUP, writes_to.id, expires_at, signup.id, newcomer.consent_text)
    if newcomer.guardian is not None:
        asked = authorising.find_open(signup.id)
        if asked is not None:
            asked.text = newcomer.authorisation_text
            writing().flush()
    outbox.record(AddressConfirmationAsked(signup.id, writes_to.id, link_id))
