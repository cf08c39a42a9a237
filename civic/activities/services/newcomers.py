"""People without an account who sign up: the place is held for two hours, until the mailed link is clicked.

Who joins the waiting list has three days for the click, and until then only the link is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.accounts import rules as ages
from civic.accounts.models import Link, Person
from civic.accounts.services import links, people
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import ACCOUNT_AGE, LinkPurpose
from civic.activities import rules
from civic.activities.events import AddressConfirmationAsked
from civic.activities.models import Opening, Signup
from civic.activities.queries import facts, guardians
from civic.activities.services import asking
from civic.activities.services.signing_up import ROUTE, AlreadySignedUp, Entry, enter
from civic.activities.types import SignupState
from civic.kernel import clock, submit_once
from civic.kernel.actor import ANONYMOUS
from civic.kernel.db import session, writing
from civic.outbox import services as outbox

# The browser of a child is given the way to its sign-up: the key of another newcomer's form must lead to none.
_CHILD_ROUTE = "sign_up_child"
_CROWDED = sa.text("""
SELECT count(*) >= greatest(1, x.capacity / 3)
  FROM opening x
  JOIN signup s ON s.opening_id = x.id AND s.state = 'pending_guardian' AND s.created_by_id IS NULL
  JOIN person w ON w.id = s.person_id AND w.birth_on > :account_born_on
 WHERE x.public_id = :opening GROUP BY x.id
""")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What a newcomer writes: who comes, whom we write to, what was consented to.

    `guardian_email` is asked of a young person, but of who comes to counselling as a person of their own (`is_confided`);
    `guardian` is who enrols their own child.
    """

    person: PersonDetails
    consent_text: str
    guardian_email: str | None = None
    guardian: PersonDetails | None = None
    authorisation_text: str = ""
    age_exception: str | None = None
    referral: str | None = None


def sign_up_newcomer(opening: str, newcomer: Newcomer, submit_key: str, *, joins_queue: bool) -> str:
    """Hold a place for somebody whose address nobody has confirmed yet; return the public id of the signup.

    A child under 14 leaves a first name, a birth date and a guardian's address, and the guardian is asked at once. An
    address that holds a place already gets its link once more, and nothing new is held: the page says the same either way.
    """
    address = _address_of(newcomer)
    route = ROUTE if address else _CHILD_ROUTE
    earlier = submit_once.find_result(submit_key, route, None)
    if earlier is not None:
        return earlier
    held = _find_hold(address, opening) if address else None
    if held is not None:
        _mail_again(*held)
        return held[0].public_id
    if newcomer.person.is_confided:
        rules.check_may_be_confided(newcomer.person.birth_on, facts.get_opening_by_public_id(opening))
    person, writes_to = _people_of(newcomer, opening)
    entry = Entry(
        opening=opening,
        person_id=person.id,
        submit_key=submit_key,
        joins_queue=joins_queue,
        guardian_id=_guardian_of(newcomer, person, writes_to),
        is_address_confirmed=writes_to is None,
        may_hold=writes_to is not None or not is_crowded(opening),
        age_exception=newcomer.age_exception,
        referral=newcomer.referral,
        route=route,
    )
    public_id = enter(ANONYMOUS, entry)
    signup = facts.find_signup(public_id)
    if signup.person_id != person.id:
        # The same form came twice at once: what this one wrote is rolled back, the other's result is shown.
        raise AlreadySignedUp(public_id)
    if writes_to is not None:
        _ask_to_confirm(signup, writes_to, newcomer)
    return public_id


def is_crowded(opening: str) -> bool:
    """Whether a third of the places is held by children whose guardian has not answered yet: others join the queue.

    Nobody proved anything to hold such a place, so they must not be able to hold them all.
    """
    account_born_on = ages.born_on_or_before(ACCOUNT_AGE, clock.today())
    return bool(session().scalar(_CROWDED, {"opening": opening, "account_born_on": account_born_on}))


def _address_of(newcomer: Newcomer) -> str | None:
    """Return the address that the link goes to; None for a child, whose guardian is asked instead."""
    if newcomer.guardian is not None:
        return ages.normalise_email(newcomer.guardian.email)
    is_child = not ages.may_have_account(newcomer.person.birth_on, clock.today())
    return None if is_child else ages.normalise_email(newcomer.person.email)


def _people_of(newcomer: Newcomer, opening: str) -> tuple[Person, Person | None]:
    """Return who comes, and whose address the link goes to (None: a guardian's); who was here before is no new person."""
    address = _address_of(newcomer)
    if newcomer.guardian is not None:
        return _child_of(newcomer.person, address, opening), _same_or_new(newcomer.guardian, address)
    if address is None:
        return _child_of(newcomer.person, newcomer.guardian_email, opening), None
    person = _same_or_new(newcomer.person, address)
    return person, person


def _same_or_new(details: PersonDetails, address: str) -> Person:
    known = people.find_same(details, address)
    return writing().get(Person, known) if known else people.add_person(details)


def _child_of(child: PersonDetails, guardian_email: str, opening: str) -> Person:
    """Return the child of this full name for whom this address answers, or a new one; raise AlreadySignedUp.

    A first name and a birthday, typed by nobody knows whom, find a sign-up that is there already, but are nobody yet: who
    answers for a child we know is not the newcomer's to say.
    """
    named = (child.given_name, child.family_name, child.birth_on, guardian_email)
    own = guardians.find_signup_of_child(opening, *named)
    if own is not None:
        raise AlreadySignedUp(own)
    known = guardians.find_child(*named) if child.family_name else None
    return writing().get(Person, known) if known else people.add_person(child)


def _guardian_of(newcomer: Newcomer, person: Person, writes_to: Person | None) -> int | None:
    """Return whose yes counts: who enrols their child, or who is to be asked for it."""
    if newcomer.guardian is not None and writes_to is not None:
        return writes_to.id
    return asking.guardian_at(newcomer.guardian_email, person.id) if newcomer.guardian_email else None


def _find_hold(email: str, opening: str) -> tuple[Signup, Link] | None:
    """Return the signup that this address holds and whose link nobody has opened yet, with that link: one at a time.

    In a waiting list or a draw nothing is held that somebody else could have: there it is one for each.
    """
    waits_here = sa.and_(Signup.state.in_((SignupState.WAITING, SignupState.REQUESTED)), Opening.public_id == opening)
    row = (
        session()
        .execute(
            sa.select(Signup, Link)
            .join(Link, Link.subject_id == Signup.id)
            .join(Person, Person.id == Link.person_id)
            .join(Opening, Opening.id == Signup.opening_id)
            .where(
                Link.purpose == LinkPurpose.CONFIRM_SIGNUP,
                Link.used_at.is_(None),
                Link.expires_at > clock.now(),
                Person.email == email,
                sa.or_(Signup.state == SignupState.UNCONFIRMED, waits_here),
            )
            .order_by(Link.id)
            .limit(1)
        )
        .one_or_none()
    )
    return None if row is None else (row.Signup, row.Link)


def _mail_again(signup: Signup, link: Link) -> None:
    """Mail a link for the same signup, a few times: whoever typed the address has not found the mail, or is not its owner."""
    sent = sa.select(sa.func.count()).where(Link.purpose == LinkPurpose.CONFIRM_SIGNUP, Link.subject_id == signup.id)
    if session().scalar(sent) <= rules.MAX_RESENDS:
        again = links.make_link(LinkPurpose.CONFIRM_SIGNUP, link.person_id, link.expires_at, signup.id, link.agreed_text)
        _mail(signup, writing().get(Person, link.person_id), again)


def _ask_to_confirm(signup: Signup, writes_to: Person, newcomer: Newcomer) -> None:
    """What was agreed to counts from the click: until then it is kept beside the link, and the authorisation is open."""
    link_id = links.make_link(LinkPurpose.CONFIRM_SIGNUP, writes_to.id, signup.hold_until, signup.id, newcomer.consent_text)
    if newcomer.guardian is not None:
        asked = asking.find_open(signup.id)
        if asked is not None:
            asked.text = newcomer.authorisation_text
            writing().flush()
    _mail(signup, writes_to, link_id)


def _mail(signup: Signup, writes_to: Person, link_id: int) -> None:
    """Let the link be mailed; not where who comes to counselling wrote an address that somebody else reads, a parent's above all.

    The page says the same either way, and that nothing is sent there.
    """
    if not (writes_to.is_confided and people.is_read_by_another(writes_to.email, writes_to.birth_on)):
        outbox.record(AddressConfirmationAsked(signup.id, writes_to.id, link_id))
