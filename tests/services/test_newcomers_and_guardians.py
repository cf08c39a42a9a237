"""People without an account, and the guardian's link."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Guardianship, Link
from civic.accounts.services import links
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities.models import Authorisation, Opening, Signup
from civic.activities.services import answering, authorising, correcting
from civic.activities.services.authorising import Answer
from civic.activities.services.confirming import confirm_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make

YES = Answer(True, "Maria Rossi", "Autorizzo", is_adult_with_responsibility=True, consent_text="Acconsento")


def signup_of(tx, public_id: str) -> Signup:
    return tx.scalar(sa.select(Signup).where(Signup.public_id == public_id).execution_options(populate_existing=True))


def token_for(tx, purpose: LinkPurpose) -> str:
    return links.token_of(tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def newcomer(birth_on=make.ADULT, email="nuova@example.org", **values) -> Newcomer:
    details = PersonDetails("Ada", "Neri", birth_on, email)
    return Newcomer(details, consent_text="Ho letto", **values)


def child(email="mamma@example.org") -> Newcomer:
    return Newcomer(PersonDetails("Leo", birth_on=make.THIRTEEN), consent_text="", guardian_email=email)


def test_a_newcomers_place_is_held_for_two_hours_until_the_click(tx):
    _, opening, _ = make.published()
    public_id = sign_up_newcomer(opening.public_id, newcomer(), new_public_id(), joins_queue=False)
    signup = signup_of(tx, public_id)
    assert (signup.state, signup.hold_until) == (SignupState.UNCONFIRMED, clock.now() + timedelta(hours=2))
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert signup_of(tx, public_id).state is SignupState.CONFIRMED


def test_after_two_hours_the_click_comes_too_late(tx):
    _, opening, _ = make.published()
    sign_up_newcomer(opening.public_id, newcomer(), new_public_id(), joins_queue=False)
    with clock.frozen(clock.now() + timedelta(hours=2, seconds=1)), pytest.raises(RuleBroken):
        confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))


def test_a_known_address_gets_the_signup_attached_by_the_link(tx):
    _, opening, _ = make.published()
    known = make.account(email="nota@example.org")
    public_id = sign_up_newcomer(opening.public_id, newcomer(email="nota@example.org"), new_public_id(), joins_queue=False)
    confirmed = confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert confirmed.account_id is not None
    assert signup_of(tx, public_id).person_id == known.id


def test_a_child_under_14_leaves_only_a_first_name_and_the_guardian_is_asked_at_once(tx):
    _, opening, _ = make.published()
    public_id = sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=False)
    assert signup_of(tx, public_id).state is SignupState.PENDING_GUARDIAN
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    signup = signup_of(tx, public_id)
    assert signup.state is SignupState.CONFIRMED
    assert tx.scalar(sa.select(sa.func.count()).where(Guardianship.ward_id == signup.person_id)) == 1


def test_a_sixteen_year_old_confirms_and_then_the_guardian_is_asked(tx):
    _, opening, _ = make.published()
    young = newcomer(make.SIXTEEN, guardian_email="papa@example.org")
    public_id = sign_up_newcomer(opening.public_id, young, new_public_id(), joins_queue=False)
    assert tx.scalar(sa.select(sa.func.count()).where(Link.purpose == LinkPurpose.AUTHORISATION)) == 0
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert signup_of(tx, public_id).state is SignupState.PENDING_GUARDIAN
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert signup_of(tx, public_id).state is SignupState.CONFIRMED


def test_a_parent_without_account_enrols_a_child_and_the_click_makes_it_firm(tx):
    _, opening, _ = make.published()
    parent = PersonDetails("Maria", "Rossi", make.ADULT, "maria@example.org")
    entry = Newcomer(PersonDetails("Leo", "Rossi", make.THIRTEEN), "Acconsento", guardian=parent, authorisation_text="Autorizzo")
    public_id = sign_up_newcomer(opening.public_id, entry, new_public_id(), joins_queue=False)
    assert signup_of(tx, public_id).state is SignupState.UNCONFIRMED
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP))
    assert signup_of(tx, public_id).state is SignupState.CONFIRMED


@pytest.mark.parametrize("typed", ["Nuova@example.org", "nuova+mamma@example.org"])
def test_the_guardians_address_is_not_the_young_persons_own(tx, typed):
    _, opening, _ = make.published()
    with pytest.raises(RuleBroken) as caught:
        sign_up_newcomer(
            opening.public_id, newcomer(make.SIXTEEN, guardian_email=typed), new_public_id(), joins_queue=False
        )
    assert caught.value.field == "guardian_email"


@pytest.mark.parametrize("answer", [Answer(True, "", "", True, "Sì"), Answer(True, "Maria", "", False, "Sì")])
def test_a_yes_needs_a_name_and_the_box(tx, answer):
    _, opening, _ = make.published()
    public_id = sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=False)
    with pytest.raises(RuleBroken):
        authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), answer)
    assert signup_of(tx, public_id).state is SignupState.PENDING_GUARDIAN


def test_refusing_ends_the_signup_and_frees_the_place(tx):
    _, opening, _ = make.published(capacity=1)
    public_id = sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=False)
    _, _, waiting = make.signed_up(opening, joins_queue=True)
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), Answer(is_granted=False))
    assert signup_of(tx, public_id).state is SignupState.DECLINED
    assert signup_of(tx, waiting).state is SignupState.OFFERED


def test_the_guardians_link_is_spent_by_its_answer(tx):
    _, opening, _ = make.published()
    sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=False)
    token = token_for(tx, LinkPurpose.AUTHORISATION)
    authorising.answer_by_link(token, YES)
    with pytest.raises(RuleBroken):
        authorising.answer_by_link(token, YES)


def test_correcting_the_address_kills_the_old_link(tx):
    _, opening, _ = make.published()
    public_id = sign_up_newcomer(opening.public_id, child("sbagliata@example.org"), new_public_id(), joins_queue=False)
    old = token_for(tx, LinkPurpose.AUTHORISATION)
    correcting.correct_guardian(make.SYSTEM, public_id, "giusta@example.org")
    with pytest.raises(RuleBroken):
        authorising.answer_by_link(old, YES)
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert signup_of(tx, public_id).state is SignupState.CONFIRMED


def test_at_most_three_resends(tx):
    _, opening, _ = make.published()
    public_id = sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=False)
    for _ in range(3):
        correcting.correct_guardian(make.SYSTEM, public_id, "mamma@example.org")
    with pytest.raises(RuleBroken):
        correcting.correct_guardian(make.SYSTEM, public_id, "mamma@example.org")


def test_a_yes_for_a_person_in_the_queue_lets_a_free_place_reach_them(tx):
    _, opening, _ = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    minor = sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=True)
    answering.cancel_signup(holder, first)
    assert tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id)) == 0
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert signup_of(tx, minor).state is SignupState.OFFERED


def test_a_forged_token_is_no_link(tx):
    _, opening, _ = make.published()
    sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=False)
    token = token_for(tx, LinkPurpose.AUTHORISATION)
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    for text in (forged, "", "1", "1-", "x-y", token.replace("-", "-a"), "9" * 30 + "-a", "²-a"):
        assert links.find_link(text, LinkPurpose.AUTHORISATION) is None
    assert links.find_link(token, LinkPurpose.RESET_PASSWORD) is None


def test_the_exact_text_that_the_guardian_saw_is_kept(tx):
    _, opening, _ = make.published()
    sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=False)
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), YES)
    assert tx.scalar(sa.select(Authorisation.text)) == "Autorizzo"


def test_only_the_person_or_their_guardian_corrects_the_guardians_address(tx):
    _, opening, _ = make.published()
    public_id = sign_up_newcomer(opening.public_id, child(), new_public_id(), joins_queue=False)
    with pytest.raises(NotFound):
        correcting.correct_guardian(make.actor_of(make.account()), public_id, "altra@example.org")
