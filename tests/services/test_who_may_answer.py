"""Who answers for whom, and until when: what a hostile or hasty hand would try."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Guardianship, Link
from civic.accounts.services import links, people
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities.models import Signup
from civic.activities.services import authorising, deciding
from civic.activities.services.authorising import Answer
from civic.activities.services.confirming import confirm_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.signing_up import Entry, enter, sign_up
from civic.activities.types import EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.actor import ANONYMOUS
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make

YES = Answer(True, "Un Amico", "Autorizzo", is_adult_with_responsibility=True, consent_text="Acconsento")


def signup_of(tx, public_id: str) -> Signup:
    return tx.scalar(sa.select(Signup).where(Signup.public_id == public_id).execution_options(populate_existing=True))


def token_for(tx, purpose: LinkPurpose) -> str:
    return links.token_of(tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def test_a_request_is_not_approved_after_the_start(tx):
    _, opening, coordinator = make.published(entry_mode=EntryMode.APPROVAL, meetings=2)
    _, _, public_id = make.signed_up(opening)
    with clock.frozen(clock.now() + timedelta(days=15)), pytest.raises(RuleBroken):
        deciding.approve_signup(coordinator, public_id)
    assert signup_of(tx, public_id).state is SignupState.REQUESTED


def test_a_friend_under_18_authorises_nobody(tx):
    _, opening, _ = make.published()
    friend = make.account(make.SIXTEEN)
    _, _, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=friend.id)
    with pytest.raises(RuleBroken):
        authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert signup_of(tx, public_id).state is SignupState.PENDING_GUARDIAN


@pytest.mark.parametrize("change", [{"confirmed_at": None}, {"disabled_at": make.NOW}])
def test_an_account_nobody_confirmed_or_that_is_closed_takes_no_signup(tx, change):
    _, opening, _ = make.published()
    holder = make.account(email="presa@example.org")
    tx.execute(sa.update(Account).where(Account.person_id == holder.id).values(**change))
    entry = Newcomer(PersonDetails("Ada", "Neri", make.ADULT, "presa@example.org"), consent_text="Ho letto")
    public_id = sign_up_newcomer(opening.public_id, entry, new_public_id(), joins_queue=False)
    assert confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP)).account_id is None
    assert signup_of(tx, public_id).person_id != holder.id


def test_a_young_persons_account_on_the_familys_mailbox_becomes_no_guardian(tx):
    _, opening, _ = make.published()
    young = make.account(make.SIXTEEN, email="casa@example.org")
    parent = PersonDetails("Maria", "Rossi", None, "casa@example.org")
    entry = Newcomer(PersonDetails("Leo", "Rossi", make.THIRTEEN), "Acconsento", guardian=parent, authorisation_text="Autorizzo")
    sign_up_newcomer(opening.public_id, entry, new_public_id(), joins_queue=False)
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert not tx.scalar(sa.select(sa.func.count()).where(Guardianship.guardian_id == young.id))


def enrol(tx, birth_on: date) -> int:
    """Fill in the form of a parent who enrols Ada Neri, click on the link, and return who has signed up."""
    guardian = PersonDetails("Anna", "Verdi", None, "amica@example.org")
    child = PersonDetails("Ada", "Neri", birth_on)
    entry = Newcomer(child, "Acconsento", guardian=guardian, authorisation_text="Autorizzo")
    public_id = sign_up_newcomer(make.published()[1].public_id, entry, new_public_id(), joins_queue=False)
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    return signup_of(tx, public_id).person_id


def asked_of_friend(tx, birth_on: date, answer: Answer | None) -> Signup:
    """Let Ada Neri, who has no account, name amica@example.org, who gives the answer; return the signup."""
    _, opening, _ = make.published()
    ada = people.add_person(PersonDetails("Ada", "Neri", birth_on, "ada@example.org"))
    friend = people.contact_for("amica@example.org", "it")
    public_id = enter(ANONYMOUS, Entry(opening.public_id, ada.id, new_public_id(), guardian_id=friend))
    if answer is not None:
        authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), answer)
    return signup_of(tx, public_id)


@pytest.mark.parametrize("answer", [None, YES, Answer(is_granted=False)])
def test_who_was_asked_for_one_signup_becomes_no_guardian_of_somebody_of_14_by_enrolling_them(tx, answer):
    ada = asked_of_friend(tx, make.SIXTEEN, answer).person_id
    assert enrol(tx, make.SIXTEEN) != ada
    assert not tx.scalar(sa.select(sa.func.count()).where(Guardianship.ward_id == ada))


def test_who_said_no_becomes_no_guardian_of_a_child_by_enrolling_it(tx):
    ada = asked_of_friend(tx, make.THIRTEEN, Answer(is_granted=False)).person_id
    assert enrol(tx, make.THIRTEEN) != ada
    assert not tx.scalar(sa.select(sa.func.count()).where(Guardianship.ward_id == ada))


def test_who_is_asked_for_a_child_and_enrols_it_answers_for_the_same_child(tx):
    ada = asked_of_friend(tx, make.THIRTEEN, None).person_id
    assert enrol(tx, make.THIRTEEN) == ada


def test_nobody_says_yes_for_themselves_in_the_form_of_a_parent(tx):
    make.account(make.SIXTEEN, email="amica@example.org")
    with pytest.raises(RuleBroken, match="your own address"):
        enrol(tx, make.SIXTEEN)
    assert not tx.scalar(sa.select(sa.func.count()).select_from(Guardianship))


def test_who_says_yes_for_a_child_that_has_a_guardian_authorises_this_once_and_becomes_none(tx):
    _, opening, _ = make.published()
    leo = make.person(make.THIRTEEN)
    mother = make.guardian_of(leo)
    stranger = people.contact_for("estraneo@example.org", None)
    public_id = sign_up(mother, Entry(opening.public_id, leo.id, new_public_id(), guardian_id=stranger))
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert signup_of(tx, public_id).state is SignupState.CONFIRMED
    assert list(tx.scalars(sa.select(Guardianship.guardian_id).where(Guardianship.ward_id == leo.id))) == [mother.person_id]
