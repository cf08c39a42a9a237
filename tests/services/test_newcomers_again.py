"""Newcomers who come twice, strangers who come often: no second place, no address blocked, no mailbox filled."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.accounts.models import Guardianship, Link, Person
from civic.accounts.services import links
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities.models import Authorisation, Opening, Signup
from civic.activities.queries.linked import actor_of_token, manage_token
from civic.activities.services import asking, authorising, correcting
from civic.activities.services.answering import cancel_signup
from civic.activities.services.authorising import Answer
from civic.activities.services.confirming import confirm_address, refuse_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.signing_up import AlreadySignedUp, Entry, sign_up
from civic.activities.types import EntryMode, SignupState
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make

YES = Answer(True, "Maria Rossi", "Autorizzo", is_adult_with_responsibility=True, consent_text="Acconsento")


def adult(email="nuova@example.org", name="Ada") -> Newcomer:
    return Newcomer(PersonDetails(name, "Neri", make.ADULT, email), "Ho letto")


def child(name="Leo", email="mamma@example.org") -> Newcomer:
    return Newcomer(PersonDetails(name, birth_on=make.THIRTEEN), "", guardian_email=email)


def parent(name="Leo", email="mamma@example.org") -> Newcomer:
    guardian = PersonDetails("Maria", "Rossi", None, email)
    return Newcomer(PersonDetails(name, "Rossi", make.THIRTEEN), "Acconsento", guardian=guardian, authorisation_text="Autorizzo")


def enter(opening, newcomer: Newcomer, *, joins_queue: bool = True) -> str:
    return sign_up_newcomer(opening.public_id, newcomer, new_public_id(), joins_queue=joins_queue)


def token_for(tx, purpose: LinkPurpose) -> str:
    return links.token_of(tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def state_of(tx, public_id: str) -> SignupState:
    return tx.scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


def person_of(tx, public_id: str) -> int:
    return tx.scalar(sa.select(Signup.person_id).where(Signup.public_id == public_id))


def links_for(tx, purpose: LinkPurpose) -> int:
    return tx.scalar(sa.select(sa.func.count()).select_from(Link).where(Link.purpose == purpose))


def taken(tx, opening) -> int:
    return tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id))


def test_an_address_that_holds_a_place_gets_its_link_again_and_nothing_new_is_held(tx):
    _, opening, _ = make.published()
    _, other, _ = make.published()
    first = enter(opening, adult())
    assert enter(other, adult(name="Bea")) == first
    assert taken(tx, other) == 0
    assert links_for(tx, LinkPurpose.CONFIRM_SIGNUP) == 2
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert state_of(tx, first) is SignupState.CONFIRMED


def test_the_link_goes_out_again_three_times_at_most(tx):
    _, opening, _ = make.published()
    for _ in range(6):
        enter(opening, adult())
    assert links_for(tx, LinkPurpose.CONFIRM_SIGNUP) == 4


def test_the_owner_of_an_address_frees_it_from_what_a_stranger_held_with_it(tx):
    _, opening, _ = make.published(capacity=1)
    strangers = enter(opening, adult(name="Mario"))
    refuse_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert state_of(tx, strangers) is SignupState.CANCELLED and taken(tx, opening) == 0
    own = enter(opening, adult())
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert state_of(tx, own) is SignupState.CONFIRMED


def test_who_was_named_in_a_form_that_was_refused_is_asked_nothing(tx):
    _, opening, _ = make.published()
    young = Newcomer(PersonDetails("Ada", "Neri", make.SIXTEEN, "ada@example.org"), "Ho letto", guardian_email="papa@example.org")
    public_id = enter(opening, young)
    refuse_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    signup_id, person_id = tx.execute(sa.select(Signup.id, Authorisation.guardian_id).join(Authorisation)).one()
    assert asking.find_open(signup_id) is None
    with pytest.raises(NotFound):
        actor_of_token(manage_token(public_id, person_id))


@pytest.mark.parametrize("newcomer", [adult, parent])
def test_who_was_here_before_gets_no_second_place(tx, newcomer):
    _, opening, _ = make.published(capacity=3)
    enter(opening, newcomer())
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    with pytest.raises(AlreadySignedUp):
        enter(opening, newcomer())
    assert taken(tx, opening) == 1
    _, other, _ = make.published()
    enter(other, newcomer())
    assert tx.scalar(sa.select(sa.func.count()).where(Person.given_name == newcomer().person.given_name)) == 1


@pytest.mark.parametrize("again", [child, parent])
def test_a_child_gets_no_second_place_whoever_fills_in_the_form(tx, again):
    _, opening, _ = make.published(capacity=6)
    enter(opening, parent() if again is child else child())
    if again is child:
        confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
        with pytest.raises(AlreadySignedUp):
            enter(opening, child())
        assert taken(tx, opening) == 1
    with pytest.raises(AlreadySignedUp):
        enter(opening, child())


def test_a_first_name_and_a_birthday_open_no_way_to_what_the_family_wrote(tx):
    _, opening, _ = make.published()
    _, other, _ = make.published()
    enter(opening, parent())
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    stranger = enter(other, child())
    assert tx.get(Person, person_of(tx, stranger)).family_name == ""


def test_a_child_alone_at_the_screen_is_never_a_child_we_know(tx):
    _, opening, _ = make.published()
    _, other, _ = make.published()
    enter(opening, child())
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert person_of(tx, enter(other, child())) not in set(tx.scalars(sa.select(Guardianship.ward_id)))
    for here in (opening, other):
        with pytest.raises(AlreadySignedUp):
            enter(here, child())


def test_who_was_only_named_as_a_guardian_has_no_way_to_the_person(tx):
    _, opening, _ = make.published()
    _, other, _ = make.published()
    young = PersonDetails("Leo", "Rossi", make.SIXTEEN, "leo@example.org")
    leo = person_of(tx, enter(opening, Newcomer(young, "Ho letto", guardian_email="estraneo@example.org")))
    stranger = PersonDetails("Un", "Estraneo", None, "estraneo@example.org")
    named = PersonDetails("Leo", "Rossi", make.SIXTEEN)
    assert person_of(tx, enter(other, Newcomer(named, "Acconsento", guardian=stranger, authorisation_text="Autorizzo"))) != leo


@pytest.mark.parametrize("first", [adult, parent, child])
def test_the_key_of_a_form_leads_no_other_form_to_its_signup(tx, first):
    _, opening, _ = make.published()
    key = new_public_id()
    made = sign_up_newcomer(opening.public_id, first(), key, joins_queue=False)
    assert sign_up_newcomer(opening.public_id, first(), key, joins_queue=False) == made
    other = adult("altra@example.org") if first is child else child("Anna")
    with pytest.raises(RuleBroken) as caught:
        sign_up_newcomer(opening.public_id, other, key, joins_queue=False)
    assert not isinstance(caught.value, AlreadySignedUp)


def test_siblings_and_friends_of_the_same_name_are_not_mixed_up(tx):
    _, opening, _ = make.published(capacity=12)
    enter(opening, child())
    enter(opening, child(name="Anna"))
    enter(opening, child(email="altra@example.org"))
    assert taken(tx, opening) == 3


def test_children_nobody_answered_for_hold_at_most_a_third_of_the_places(tx):
    _, opening, _ = make.published(capacity=6)
    signups = [enter(opening, child(name, f"{name}@example.org"), joins_queue=False) for name in ("leo", "anna", "ugo")]
    assert [state_of(tx, one) for one in signups] == [
        SignupState.PENDING_GUARDIAN,
        SignupState.PENDING_GUARDIAN,
        SignupState.WAITING,
    ]
    assert taken(tx, opening) == 2
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert state_of(tx, signups[2]) is SignupState.OFFERED


def test_a_mailbox_is_asked_five_times_a_day_whatever_the_way(tx):
    def ask(number: int) -> None:
        mode = EntryMode.APPROVAL if number % 2 else EntryMode.INSTANT
        _, opening, _ = make.published(entry_mode=mode)
        if number == 3:
            guardian_id = tx.scalar(sa.select(Person.id).where(Person.email == "vittima@example.org"))
            _, actor, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=guardian_id)
            cancel_signup(actor, public_id)
        else:
            enter(opening, child(f"Leo{number}", "vittima@example.org"))

    for number in range(5):
        ask(number)
    with pytest.raises(RuleBroken) as caught:
        ask(5)
    assert caught.value.field == "guardian_email"
    _, opening, _ = make.published()
    _, actor, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    with pytest.raises(RuleBroken):
        correcting.correct_guardian(actor, public_id, "vittima@example.org")


def test_the_names_that_one_mailbox_may_have_are_counted_together(tx):
    for number in range(5):
        enter(make.published()[1], child(f"Leo{number}", f"vittima+{number}@example.org"))
    with pytest.raises(RuleBroken) as caught:
        enter(make.published()[1], child("Leo5", "vittima@example.org"))
    assert caught.value.field == "guardian_email"
    enter(make.published()[1], child("Leo5", "altra@example.org"))


def test_an_adult_who_names_a_guardian_asks_nobody(tx):
    _, opening, _ = make.published()
    row = make.account()
    entry = Entry(opening.public_id, row.id, new_public_id(), guardian_id=make.person().id)
    assert state_of(tx, sign_up(make.actor_of(row), entry)) is SignupState.CONFIRMED
    assert links_for(tx, LinkPurpose.AUTHORISATION) == 0
