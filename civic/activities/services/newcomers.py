"""People without an account who sign up: the place is held for two hours, until the mailed link is clicked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from civic.accounts import rules as ages
from civic.accounts.models import Account, Link, Person
from civic.accounts.services import links, people
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.events import AddressConfirmationAsked, SignupConfirmed, SignupRequested
from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.services import authorising, eligibility, places
from civic.activities.services.moves import move
from civic.activities.services.signing_up import ROUTE, AlreadySignedUp, Entry, enter
from civic.activities.types import LIVE, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock, submit_once
from civic.kernel.actor import ANONYMOUS, Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

MOST_ASKED_IN_A_DAY = 5


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


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a click on the mailed link did: the signup, and the account that the address belongs to, if any."""

    signup_public_id: str
    account_id: int | None


def sign_up_newcomer(opening: str, newcomer: Newcomer, submit_key: str, *, joins_queue: bool) -> str:
    """Hold a place for somebody whose address nobody has confirmed yet; return the public id of the signup.

    A child under 14 leaves a first name, a birth date and a guardian's address, and the guardian is asked at once.
    """
    earlier = submit_once.find_result(submit_key, ROUTE, None)
    if earlier is not None:
        return earlier
    person, writes_to = _people_of(newcomer)
    guardian_id = people.contact_for(newcomer.guardian_email, None) if newcomer.guardian_email else None
    if newcomer.guardian_email:
        check_may_be_asked(newcomer.guardian_email)
        authorising.check_guardian_address(ages.normalise_email(newcomer.guardian_email), person.email)
    asks_guardian_at_once = writes_to is None
    entry = Entry(
        opening=opening,
        person_id=person.id,
        submit_key=submit_key,
        joins_queue=joins_queue,
        guardian_id=guardian_id,
        authorisation=_given(newcomer, writes_to),
        is_address_confirmed=asks_guardian_at_once,
    )
    public_id = enter(ANONYMOUS, entry)
    signup = facts.find_signup(public_id)
    if signup.person_id != person.id:
        # The same form came twice at once: what this one wrote is rolled back, the other's result is shown.
        raise AlreadySignedUp(public_id)
    if writes_to is not None:
        _ask_to_confirm(signup, writes_to)
    return public_id


def _people_of(newcomer: Newcomer) -> tuple[Person, Person | None]:
    """Write the people of a newcomer's form; return who comes, and whose address the link goes to (None: a guardian's)."""
    if newcomer.guardian is not None:
        guardian = people.add_person(newcomer.guardian)
        _check_one_hold(guardian.email)
        child = people.add_person(newcomer.person)
        people.ensure_guardianship(guardian.id, child.id)
        people.give_consent(child.id, guardian.id, newcomer.consent_text)
        return child, guardian
    person = people.add_person(newcomer.person)
    if not ages.may_have_account(person.birth_on, clock.today()):
        return person, None
    _check_one_hold(person.email)
    people.give_consent(person.id, person.id, newcomer.consent_text)
    return person, person


def check_may_be_asked(email: str) -> None:
    """Raise RuleBroken where strangers have had this address asked often enough today: nobody's mailbox is filled through us."""
    address = ages.normalise_email(email)
    asked = (
        sa.select(sa.func.count())
        .select_from(Link)
        .join(Person, Person.id == Link.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(
            Link.purpose == LinkPurpose.AUTHORISATION,
            Link.used_at.is_(None),
            Link.created_at > clock.now() - timedelta(days=1),
            sa.func.coalesce(Account.email, Person.email) == address,
        )
    )
    if session().scalar(asked) >= MOST_ASKED_IN_A_DAY:
        raise RuleBroken(
            N_("This address was asked several times today and has not answered yet: answer those mails first."),
            field="guardian_email",
        )


def _given(newcomer: Newcomer, writes_to: Person | None) -> authorising.Given | None:
    if newcomer.guardian is None or writes_to is None:
        return None
    return authorising.Given(writes_to.id, newcomer.authorisation_text)


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


def _ask_to_confirm(signup: Signup, person: Person) -> None:
    opening = facts.get_opening(signup.opening_id)
    expires_at = signup.hold_until or rules.hold_until_for(SignupState.UNCONFIRMED, clock.now(), opening)
    link_id = links.make_link(LinkPurpose.CONFIRM_SIGNUP, person.id, expires_at, subject_id=signup.id)
    outbox.record(AddressConfirmationAsked(signup.id, person.id, link_id))


def confirm_address(token: str) -> Confirmed:
    """Take the click on the mailed link: the hold becomes a place, a request, or a wait for the guardian.

    Where the address belongs to an account of the same person, the signup is theirs from now on.
    """
    link = links.get_usable_link(token, LinkPurpose.CONFIRM_SIGNUP)
    signup = writing().get(Signup, link.subject_id)
    facts.lock_person(signup.person_id)
    opening = facts.lock_opening(signup.opening_id)
    signup = facts.lock_signup(signup.id)
    if signup.state not in LIVE or (signup.hold_until is not None and signup.hold_until <= clock.now()):
        raise RuleBroken(N_("The two hours have passed and the place was given back. Sign up again: it takes a minute."))
    links.use_link(token, LinkPurpose.CONFIRM_SIGNUP)
    writer = writing().get(Person, link.person_id)
    account = writing().scalar(
        sa.select(Account).where(
            Account.email == writer.email, Account.confirmed_at.is_not(None), Account.disabled_at.is_(None)
        )
    )
    if account is not None:
        _attach(signup, writer, account)
    if signup.state is SignupState.UNCONFIRMED:
        _settle(Actor(person_id=writer.id), signup, opening)
    audit.record(Actor(person_id=writer.id), "confirm_address", "signup", signup.id, state=signup.state.value)
    return Confirmed(signup.public_id, account.id if account else None)


def _attach(signup: Signup, writer: Person, account: Account) -> None:
    """Let the signup belong to the account's person: as the one who comes, or as the guardian of who comes."""
    holder = writing().get(Person, account.person_id)
    if signup.person_id != writer.id:
        if ages.is_minor_on(holder.birth_on, clock.today()):
            return  # A family's mailbox: the account is a young person's, who answers for nobody.
        people.ensure_guardianship(holder.id, signup.person_id)
    elif holder.birth_on == writer.birth_on:
        own, _ = facts.list_clashes(holder.id, signup.opening_id)
        if own is None:
            signup.person_id = holder.id
            writing().flush()


def _settle(actor: Actor, signup: Signup, opening: OpeningFacts) -> None:
    lacks = eligibility.lacks_authorisation(signup, opening)
    after = rules.state_for_new_signup(opening, is_address_confirmed=True, lacks_authorisation=lacks)
    move(actor, signup, after, hold_until=rules.hold_until_for(after, clock.now(), opening), reason="address confirmed")
    if after is SignupState.CONFIRMED:
        outbox.record(SignupConfirmed(signup.id))
    elif after is SignupState.REQUESTED:
        # A request holds no place: the one kept for the two hours goes on.
        places.hand_over(opening)
        outbox.record(SignupRequested(signup.id))
    else:
        outbox.record(authorising.start_clock(signup, opening))
