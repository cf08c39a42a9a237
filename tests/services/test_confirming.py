"""The click on a newcomer's link: what was written in the form counts from there on, and for nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Guardianship, Link, Person
from civic.accounts.services import links
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities.models import Authorisation, Opening, Signup
from civic.activities.queries.linked import actor_of_token, manage_token
from civic.activities.services import answering, asking, authorising, correcting, deciding
from civic.activities.services.authorising import Answer
from civic.activities.services.confirming import confirm_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.types import ActivityKind, AuthorisationAnswer, EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.outbox.models import OutboxEvent
from tests import factories as make

YES = Answer(True, "Un Estraneo", "Autorizzo", is_adult_with_responsibility=True, consent_text="Acconsento")


def signup_of(tx, public_id: str) -> Signup:
    return tx.scalar(sa.select(Signup).where(Signup.public_id == public_id).execution_options(populate_existing=True))


def token_for(tx, purpose: LinkPurpose) -> str:
    return links.token_of(tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def count(tx, model, *where) -> int:
    return tx.scalar(sa.select(sa.func.count()).select_from(model).where(*where))


def happened(tx) -> list[str]:
    """Return what was written of questions to guardians: asked, or nobody there to ask."""
    names = ("AuthorisationAsked", "AuthorisationFoundMissing")
    return list(tx.scalars(sa.select(OutboxEvent.name).where(OutboxEvent.name.in_(names)).order_by(OutboxEvent.id)))


def young(email: str, guardian_email: str) -> Newcomer:
    return Newcomer(PersonDetails("Ada", "Neri", make.SIXTEEN, email), "Ho letto", guardian_email=guardian_email)


def parent(email="maria@example.org") -> Newcomer:
    guardian = PersonDetails("Maria", "Rossi", None, email)
    return Newcomer(PersonDetails("Leo", "Rossi", make.THIRTEEN), "Acconsento", guardian=guardian, authorisation_text="Autorizzo")


def sign_up(opening, newcomer: Newcomer, *, joins_queue: bool = False) -> str:
    return sign_up_newcomer(opening.public_id, newcomer, new_public_id(), joins_queue=joins_queue)


@pytest.mark.parametrize("is_full", [False, True])
def test_the_guardian_a_stranger_named_is_not_asked_about_the_holder_of_an_account(tx, is_full):
    _, opening, _ = make.published(capacity=1)
    if is_full:
        make.signed_up(opening)
    victim = make.account(make.SIXTEEN, email="vittima@example.org")
    public_id = sign_up(opening, young("vittima@example.org", "estraneo@example.org"), joins_queue=True)
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert signup_of(tx, public_id).person_id == victim.id
    assert count(tx, Link, Link.purpose == LinkPurpose.AUTHORISATION) == 0
    stranger = tx.scalar(sa.select(Person.id).where(Person.email == "estraneo@example.org"))
    assert count(tx, Guardianship) == 0
    with pytest.raises(NotFound):
        actor_of_token(manage_token(public_id, stranger))


def test_who_answers_for_the_holder_already_is_asked_instead(tx):
    _, opening, _ = make.published()
    victim = make.account(make.SIXTEEN, email="vittima@example.org")
    mother = make.guardian_of(victim)
    sign_up(opening, young("vittima@example.org", "estraneo@example.org"))
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    asked = tx.scalar(sa.select(Link.person_id).where(Link.purpose == LinkPurpose.AUTHORISATION))
    assert asked == mother.person_id


def test_the_holder_names_a_guardian_on_the_page_of_the_signup(tx):
    _, opening, _ = make.published()
    holder = make.account(make.SIXTEEN, email="vittima@example.org")
    public_id = sign_up(opening, young("vittima@example.org", "estraneo@example.org"))
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert happened(tx) == ["AuthorisationFoundMissing"]
    correcting.correct_guardian(make.actor_of(holder), public_id, "mamma@example.org")
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert signup_of(tx, public_id).state is SignupState.CONFIRMED


@pytest.mark.parametrize("is_full", [False, True])
def test_a_guardian_who_was_asked_often_enough_today_does_not_undo_the_click(tx, is_full):
    _, opening, _ = make.published(capacity=1)
    if is_full:
        make.signed_up(opening)
    holder = make.account(make.SIXTEEN, email="vittima@example.org")
    mother = make.guardian_of(holder)
    for _ in range(asking.MOST_ASKED_IN_A_DAY):
        make.signed_up(make.published()[1], make.SIXTEEN, guardian_id=mother.person_id)
    public_id = sign_up(opening, young("vittima@example.org", "estraneo@example.org"), joins_queue=True)
    before = len(happened(tx))
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    signup = signup_of(tx, public_id)
    assert signup.state is (SignupState.WAITING if is_full else SignupState.PENDING_GUARDIAN)
    assert (signup.person_id, signup.awaits_click) == (holder.id, False)
    assert happened(tx)[before:] == ["AuthorisationFoundMissing"]


def test_a_request_whose_guardian_is_not_known_can_be_approved(tx):
    _, opening, coordinator = make.published(entry_mode=EntryMode.APPROVAL)
    make.account(make.SIXTEEN, email="vittima@example.org")
    public_id = sign_up(opening, young("vittima@example.org", "estraneo@example.org"))
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert deciding.approve_signup(coordinator, public_id) is SignupState.PENDING_GUARDIAN
    assert happened(tx) == ["AuthorisationFoundMissing"]


def test_a_request_that_is_approved_asks_who_answers_for_the_holder(tx):
    _, opening, coordinator = make.published(entry_mode=EntryMode.APPROVAL)
    mother = make.guardian_of(make.account(make.SIXTEEN, email="vittima@example.org"))
    public_id = sign_up(opening, young("vittima@example.org", "estraneo@example.org"))
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert happened(tx) == []
    deciding.approve_signup(coordinator, public_id)
    assert tx.scalar(sa.select(Link.person_id).where(Link.purpose == LinkPurpose.AUTHORISATION)) == mother.person_id


def test_a_stranger_named_in_a_second_form_has_no_part_in_it(tx):
    _, opening, _ = make.published()
    victim, _, first = make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    second = sign_up(opening, young(victim.email, "estraneo@example.org"))
    stranger = tx.scalar(sa.select(Person.id).where(Person.email == "estraneo@example.org"))
    assert confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP)).signup_public_id == first
    with pytest.raises(NotFound):
        actor_of_token(manage_token(second, stranger))


def test_a_newcomer_in_the_queue_mails_nobody_else_before_the_click(tx):
    _, opening, _ = make.published(capacity=1)
    make.signed_up(opening)
    sign_up(opening, young("ada@example.org", "papa@example.org"), joins_queue=True)
    assert count(tx, Link, Link.purpose == LinkPurpose.AUTHORISATION) == 0
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert count(tx, Link, Link.purpose == LinkPurpose.AUTHORISATION) == 1


def test_what_a_parent_wrote_counts_from_the_click(tx):
    _, opening, _ = make.published()
    public_id = sign_up(opening, parent())
    assert count(tx, Guardianship) == count(tx, Consent) == 0
    assert count(tx, Authorisation, Authorisation.answer.is_not(None)) == 0
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    child_id = signup_of(tx, public_id).person_id
    assert count(tx, Guardianship, Guardianship.ward_id == child_id) == 1
    assert tx.execute(sa.select(Consent.person_id, Consent.text)).one() == (child_id, "Acconsento")
    answer = sa.select(Authorisation.answer, Authorisation.text, Authorisation.answered_name)
    assert tx.execute(answer).one() == (AuthorisationAnswer.GRANTED, "Autorizzo", "Maria Rossi")


def test_what_a_newcomer_agreed_to_counts_from_the_click(tx):
    _, opening, _ = make.published()
    sign_up(opening, Newcomer(PersonDetails("Ada", "Neri", make.ADULT, "ada@example.org"), "Ho letto"))
    assert count(tx, Consent) == 0
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert tx.scalar(sa.select(Consent.text)) == "Ho letto"


def test_a_parent_in_the_queue_is_offered_a_place_only_after_the_click(tx):
    _, opening, _ = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    public_id = sign_up(opening, parent(), joins_queue=True)
    answering.cancel_signup(holder, first)
    assert signup_of(tx, public_id).state is SignupState.WAITING
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert signup_of(tx, public_id).state is SignupState.OFFERED


def test_a_young_persons_account_is_not_opened_by_a_parents_link_on_the_shared_mailbox(tx):
    _, opening, _ = make.published()
    make.account(make.SIXTEEN, email="casa@example.org")
    sign_up(opening, parent("casa@example.org"))
    assert confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP)).account_id is None


def test_an_adults_account_is_not_opened_by_the_link_of_somebody_else_on_the_shared_mailbox(tx):
    _, opening, _ = make.published()
    make.account(email="casa@example.org")
    sign_up(opening, young("casa@example.org", "papa@example.org"))
    assert confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP)).account_id is None


def test_a_parents_own_account_is_opened_by_their_link_and_answers_for_the_child(tx):
    _, opening, _ = make.published()
    maria = make.account(email="maria@example.org")
    public_id = sign_up(opening, parent())
    confirmed = confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert confirmed.account_id == tx.scalar(sa.select(Account.id).where(Account.person_id == maria.id))
    assert tx.scalar(sa.select(Authorisation.guardian_id)) == maria.id
    assert tx.scalar(sa.select(Guardianship.ward_id)) == signup_of(tx, public_id).person_id


def test_the_holders_second_signup_for_the_same_thing_ends_and_the_first_is_shown(tx):
    _, opening, _ = make.published(capacity=3)
    person, _, first = make.signed_up(opening)
    second = sign_up(opening, Newcomer(PersonDetails("Ada", "Neri", person.birth_on, person.email), "Ho letto"))
    confirmed = confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert confirmed.signup_public_id == first
    assert signup_of(tx, second).state is SignupState.CANCELLED
    assert tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id)) == 1


def test_a_volunteer_with_an_account_takes_no_second_shift_at_the_same_time_through_the_link(tx):
    _, opening, _ = make.published(ActivityKind.VOLUNTEERING)
    _, other, _ = make.published(ActivityKind.VOLUNTEERING)
    person, _, _ = make.signed_up(opening)
    second = sign_up(other, Newcomer(PersonDetails("Ada", "Neri", person.birth_on, person.email), "Ho letto"))
    with pytest.raises(RuleBroken):
        confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert signup_of(tx, second).person_id != person.id


def test_a_yes_from_14_on_is_a_yes_to_one_signup_and_no_guardianship(tx):
    _, opening, _ = make.published()
    guardian = make.person()
    _, _, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=guardian.id)
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert signup_of(tx, public_id).state is SignupState.CONFIRMED
    assert count(tx, Guardianship) == 0
    actor, _ = actor_of_token(manage_token(public_id, guardian.id))
    assert actor.wards == {signup_of(tx, public_id).person_id}


def test_who_said_no_is_let_in_no_more(tx):
    _, opening, _ = make.published()
    guardian = make.person()
    _, _, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=guardian.id)
    token = manage_token(public_id, guardian.id)
    assert actor_of_token(token)
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), Answer(is_granted=False))
    with pytest.raises(NotFound):
        actor_of_token(token)


def test_for_a_child_the_guardian_agrees_to_the_data_or_there_is_no_yes(tx):
    _, opening, _ = make.published()
    entry = Newcomer(PersonDetails("Leo", birth_on=make.THIRTEEN), "", guardian_email="mamma@example.org")
    public_id = sign_up(opening, entry)
    token = token_for(tx, LinkPurpose.AUTHORISATION)
    with pytest.raises(RuleBroken) as caught:
        authorising.answer_by_link(token, Answer(True, "Maria", "Autorizzo", is_adult_with_responsibility=True))
    assert caught.value.field == "consent"
    authorising.answer_by_link(token, YES)
    child_id = signup_of(tx, public_id).person_id
    assert tx.execute(sa.select(Consent.person_id, Consent.text)).one() == (child_id, "Acconsento")
    assert tx.scalar(sa.select(Authorisation.text)) == "Autorizzo"


def test_whether_the_consent_is_the_guardians_is_judged_on_the_day_of_the_answer(tx):
    _, opening, _ = make.published()
    birth_on = make.NOW.date().replace(year=make.NOW.year - 14) + timedelta(days=1)
    sign_up(opening, Newcomer(PersonDetails("Leo", birth_on=birth_on), "", guardian_email="mamma@example.org"))
    token = token_for(tx, LinkPurpose.AUTHORISATION)
    with clock.frozen(clock.now() + timedelta(days=1)):
        authorising.answer_by_link(token, Answer(True, "Maria", "Autorizzo", is_adult_with_responsibility=True))
    assert count(tx, Consent) == 0
