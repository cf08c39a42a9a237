"""Where both guardians must say yes: one is asked after the other, and the place is firm when both have agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Link, Person
from civic.accounts.services import links
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import facts
from civic.activities.queries.authorisations import list_authorisations_of
from civic.activities.services import (
    answering,
    authorising,
    correcting,
    deciding,
    ending,
    holds,
    paper,
    publishing,
    second_guardian,
    withdrawing,
)
from civic.activities.services.authorising import Answer, Given
from civic.activities.services.confirming import confirm_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.paper import Sheet
from civic.activities.services.publishing import ActivityFields
from civic.activities.services.second_guardian import Second
from civic.activities.types import ActivityKind, EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, transaction
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications.models import Notification
from civic.notifications.routing import recipients_for
from civic.outbox import draining
from tests import factories as make


def yes(name: str = "Maria Rossi", second: Second = second_guardian.NOBODY, consent: str = "Acconsento") -> Answer:
    return Answer(True, name, "Autorizzo", is_adult_with_responsibility=True, consent_text=consent, second=second)


FIRST = yes(second=Second("papa@example.org"))
SECOND = yes("Ugo Rossi", consent="")
ALONE = yes(second=Second(is_sole=True))


def signup_of(tx, public_id: str) -> Signup:
    return tx.scalar(sa.select(Signup).where(Signup.public_id == public_id).execution_options(populate_existing=True))


def state_of(tx, public_id: str) -> SignupState:
    return signup_of(tx, public_id).state


def token_for(tx, purpose: LinkPurpose = LinkPurpose.AUTHORISATION) -> str:
    return links.token_of(tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def answer(tx, said: Answer) -> None:
    authorising.answer_by_link(token_for(tx), said)


def child_of(opening, email: str = "mamma@example.org", **values) -> str:
    entry = Newcomer(PersonDetails("Leo", birth_on=make.THIRTEEN), consent_text="", guardian_email=email)
    return sign_up_newcomer(opening.public_id, entry, new_public_id(), **{"joins_queue": False, **values})


def young_in(opening, **values) -> tuple[Actor, str]:
    mother = make.account(email=values.pop("email", "mamma@example.org"))
    _, actor, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=mother.id, **values)
    return actor, public_id


def both(**fields):
    return make.published(authorisations_needed=2, **fields)


def test_the_place_is_firm_when_both_have_said_yes_and_each_has_a_time_of_their_own(tx):
    _, opening, _ = both()
    _, public_id = young_in(opening)
    later = clock.now() + timedelta(hours=70)
    with clock.frozen(later):
        answer(tx, FIRST)
        signup = signup_of(tx, public_id)
        assert (signup.state, signup.hold_until) == (SignupState.PENDING_GUARDIAN, later + rules.AUTHORISATION_HOLD)
    with clock.frozen(later + timedelta(hours=70)):
        answer(tx, SECOND)
    assert state_of(tx, public_id) is SignupState.CONFIRMED


def test_there_is_never_more_than_one_open_question(tx):
    _, opening, _ = both()
    _, public_id = young_in(opening)
    answer(tx, FIRST)
    asked = tx.scalars(sa.select(Authorisation.answer).where(Authorisation.signup_id == signup_of(tx, public_id).id)).all()
    assert sorted(one or "" for one in asked) == ["", "granted"]


def test_who_alone_has_parental_responsibility_says_yes_for_both_and_the_words_are_kept(tx):
    _, opening, _ = both()
    _, public_id = young_in(opening)
    answer(tx, ALONE)
    assert state_of(tx, public_id) is SignupState.CONFIRMED
    assert tx.scalar(sa.select(Authorisation.is_sole).where(Authorisation.text == "Autorizzo")) is True


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (Second(), "Here both parents must say yes"),
        (Second("papa@example.org", is_sole=True), "Either write the address"),
        (Second("mamma@example.org"), "parent who says yes already"),
        (Second("Mamma+scuola@example.org"), "parent who says yes already"),
        (Second("figlia@example.org"), "young person's own address"),
    ],
)
def test_the_second_is_somebody_else_and_each_mistake_has_its_own_sentence(tx, second, said):
    _, opening, _ = both()
    actor, public_id = young_in(opening)
    tx.execute(sa.update(Account).where(Account.person_id == actor.person_id).values(email="figlia@example.org"))
    with pytest.raises(RuleBroken, match=said) as refused:
        answer(tx, yes(second=second))
    assert refused.value.field == "second_email"
    assert state_of(tx, public_id) is SignupState.PENDING_GUARDIAN


def test_one_who_signs_with_the_name_of_the_first_is_not_the_second(tx):
    _, opening, _ = both()
    _, public_id = young_in(opening)
    answer(tx, FIRST)
    with pytest.raises(RuleBroken) as refused:
        answer(tx, yes("maria  ROSSI"))
    assert (refused.value.field, state_of(tx, public_id)) == ("name", SignupState.PENDING_GUARDIAN)


def test_the_second_who_has_not_answered_hears_of_nothing_but_the_question(tx):
    _, opening, _ = both()
    signup_id = signup_of(tx, child_of(opening)).id
    mother = tx.scalar(sa.select(Person.id).where(Person.email == "mamma@example.org"))
    assert recipients_for(signup_id, "signup_confirmed") == [mother]
    answer(tx, FIRST)
    assert recipients_for(signup_id, "signup_confirmed") == [mother]
    answer(tx, SECOND)
    assert len(recipients_for(signup_id, "signup_confirmed")) == 2


@pytest.mark.parametrize("said", [(Answer(False),), (FIRST, Answer(False))])
def test_a_no_of_either_ends_the_signup_at_once(tx, said):
    _, opening, _ = both()
    _, public_id = young_in(opening)
    for one in said:
        answer(tx, one)
    assert state_of(tx, public_id) is SignupState.DECLINED


def test_silence_of_the_second_gives_the_place_to_the_next(tx):
    _, opening, _ = both()
    _, public_id = young_in(opening)
    answer(tx, FIRST)
    with clock.frozen(clock.now() + timedelta(hours=73)):
        holds.end_holds(opening.id)
    assert state_of(tx, public_id) is SignupState.EXPIRED


def test_a_child_in_the_queue_with_one_yes_stays_when_the_second_is_silent(tx):
    _, opening, _ = both(capacity=1)
    make.signed_up(opening)
    public_id = child_of(opening, joins_queue=True)
    answer(tx, FIRST)
    with clock.frozen(clock.now() + timedelta(hours=73)):
        ending.end_unanswered_waits(opening.id)
    assert state_of(tx, public_id) is SignupState.WAITING


def test_the_queue_offers_a_place_only_with_both(tx):
    _, opening, _ = both(capacity=1)
    _, holder, held = make.signed_up(opening)
    _, public_id = young_in(opening, joins_queue=True)
    answer(tx, FIRST)
    answering.cancel_signup(holder, held)
    assert state_of(tx, public_id) is SignupState.WAITING
    answer(tx, SECOND)
    assert state_of(tx, public_id) is SignupState.OFFERED


def test_only_the_first_agrees_to_the_use_of_a_childs_data(tx):
    _, opening, _ = both()
    public_id = child_of(opening)
    answer(tx, FIRST)
    answer(tx, SECOND)
    given = sa.select(sa.func.count()).where(Consent.person_id == signup_of(tx, public_id).person_id)
    assert (state_of(tx, public_id), tx.scalar(given)) == (SignupState.CONFIRMED, 1)


def parent_enrols(opening) -> str:
    parent = PersonDetails("Maria", "Rossi", make.ADULT, "maria@example.org")
    entry = Newcomer(PersonDetails("Leo", "Rossi", make.THIRTEEN), "Acconsento", guardian=parent, authorisation_text="Autorizzo")
    return sign_up_newcomer(opening.public_id, entry, new_public_id(), joins_queue=False)


def test_a_parent_without_account_names_the_second_with_the_click_and_before_it_no_third_address_is_kept(tx):
    _, opening, _ = both()
    public_id = parent_enrols(opening)
    token = token_for(tx, LinkPurpose.CONFIRM_SIGNUP)
    with pytest.raises(RuleBroken) as refused, tx.begin_nested():
        confirm_address(token)
    assert refused.value.field == "second_email"
    confirm_address(token, Second("papa@example.org"))
    assert state_of(tx, public_id) is SignupState.PENDING_GUARDIAN
    answer(tx, SECOND)
    assert state_of(tx, public_id) is SignupState.CONFIRMED


def test_a_parent_without_account_who_is_alone_says_so_with_the_click(tx):
    _, opening, _ = both()
    public_id = parent_enrols(opening)
    confirm_address(token_for(tx, LinkPurpose.CONFIRM_SIGNUP), Second(is_sole=True, text="Da sola"))
    assert state_of(tx, public_id) is SignupState.CONFIRMED
    assert tx.execute(sa.select(Authorisation.text, Authorisation.is_sole)).one() == ("Da sola", True)


def enrolled(opening, **values) -> tuple[Actor, str]:
    child = make.person(make.THIRTEEN)
    parent = make.guardian_of(child)
    given = Given(parent.person_id, "Autorizzo", values.pop("is_sole", False))
    entry = make.Entry(opening.public_id, child.id, new_public_id(), authorisation=given, **values)
    return parent, make.sign_up(parent, entry)


def test_a_parent_with_an_account_names_the_second_while_enrolling(tx):
    _, opening, _ = both()
    with pytest.raises(RuleBroken):
        enrolled(opening)
    _, public_id = enrolled(opening, guardian_id=make.account().id)
    assert state_of(tx, public_id) is SignupState.PENDING_GUARDIAN
    answer(tx, SECOND)
    assert state_of(tx, public_id) is SignupState.CONFIRMED
    assert state_of(tx, enrolled(opening, is_sole=True)[1]) is SignupState.CONFIRMED


def test_a_request_asks_the_second_when_it_is_approved(tx):
    _, opening, coordinator = both(entry_mode=EntryMode.APPROVAL)
    _, public_id = enrolled(opening, guardian_id=make.account().id)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Link)) == 0
    assert deciding.approve_signup(coordinator, public_id) is SignupState.PENDING_GUARDIAN
    answer(tx, SECOND)
    assert state_of(tx, public_id) is SignupState.CONFIRMED


def test_another_address_for_the_second_leaves_the_first_yes_and_its_count_alone(tx):
    _, opening, _ = both()
    actor, public_id = young_in(opening)
    for number in range(rules.MAX_RESENDS):
        correcting.correct_guardian(actor, public_id, f"mamma{number}@example.org")
    answer(tx, FIRST)
    with pytest.raises(RuleBroken) as refused:
        correcting.correct_guardian(actor, public_id, f"mamma{number}@example.org")
    assert refused.value.message == second_guardian.FIRSTS_ADDRESS
    correcting.correct_guardian(actor, public_id, "zio@example.org")
    answer(tx, SECOND)
    assert state_of(tx, public_id) is SignupState.CONFIRMED


def test_paper_stands_for_either_and_the_same_hand_signs_once(tx):
    _, opening, coordinator = both()
    _, public_id = young_in(opening)
    paper.record_paper(coordinator, public_id, Sheet("Maria", "Rossi", "testo"))
    assert state_of(tx, public_id) is SignupState.PENDING_GUARDIAN
    with pytest.raises(RuleBroken) as refused:
        paper.record_paper(coordinator, public_id, Sheet("Maria", "Rossi", "testo"))
    assert refused.value.field == "given_name"
    paper.record_paper(coordinator, public_id, Sheet("Ugo", "Rossi", "testo"))
    assert state_of(tx, public_id) is SignupState.CONFIRMED


def test_the_yes_of_the_first_by_mail_and_of_the_second_on_paper_make_both(tx):
    _, opening, coordinator = both()
    _, public_id = young_in(opening)
    answer(tx, FIRST)
    paper.record_paper(coordinator, public_id, Sheet("Ugo", "Rossi", "testo"))
    assert state_of(tx, public_id) is SignupState.CONFIRMED


def test_whoever_takes_back_their_own_yes_ends_the_signup_and_nobody_takes_back_that_of_the_other(tx):
    _, opening, _ = both()
    parent, public_id = enrolled(opening, guardian_id=make.account(email="papa@example.org").id)
    answer(tx, SECOND)
    other = tx.scalar(sa.select(Person.id).where(Person.email == "papa@example.org"))
    mother, father = list_authorisations_of(parent)[::-1]
    assert (mother.is_own, father.is_own) == (True, False)
    withdrawing.withdraw_authorisation(parent, public_id)
    assert state_of(tx, public_id) is SignupState.CANCELLED
    stands = sa.select(Authorisation.guardian_id).where(Authorisation.withdrawn_at.is_(None))
    assert tx.scalars(stands).all() == [other]


def test_a_yes_given_before_there_was_an_account_is_taken_back_by_the_account_of_that_address(tx):
    _, opening, _ = make.published()
    public_id = child_of(opening)
    answer(tx, yes())
    ward = signup_of(tx, public_id).person_id
    mother = make.account(email="mamma@example.org")
    withdrawing.withdraw_authorisation(make.actor_of(mother, wards=frozenset({ward})), public_id)
    assert state_of(tx, public_id) is SignupState.CANCELLED


def test_how_many_must_say_yes_is_fixed_once_somebody_has_signed_up(tx):
    activity, opening, coordinator = both()
    one = ActivityFields(ActivityKind.WORKSHOP, "Laboratorio di radio")
    publishing.update_activity(coordinator, activity.public_id, one)
    make.signed_up(opening)
    with pytest.raises(RuleBroken) as refused:
        publishing.update_activity(
            coordinator, activity.public_id, ActivityFields(ActivityKind.WORKSHOP, "Radio", authorisations_needed=2)
        )
    assert refused.value.field == "authorisations_needed"


def test_where_one_is_enough_the_first_yes_is(tx):
    _, opening, _ = make.published()
    _, public_id = young_in(opening)
    answer(tx, yes())
    assert facts.has_authorisation(signup_of(tx, public_id).id)
    assert state_of(tx, public_id) is SignupState.CONFIRMED


def test_who_said_yes_first_hears_at_which_address_the_other_is_asked_and_again_when_it_changes(connection):
    with transaction():
        _, opening, _ = both()
        actor, public_id = young_in(opening)
        answer(session(), FIRST)
    first = session().scalar(sa.select(Authorisation.guardian_id).where(Authorisation.answer == "granted"))
    told = sa.select(sa.func.count()).where(Notification.kind == "second_asked", Notification.recipient_id == first)
    draining.drain()
    assert session().scalar(told) == 1
    with clock.frozen(clock.now() + timedelta(hours=1)):
        for address, count in (("papa@example.org", 1), ("amico@example.org", 2)):
            with transaction():
                correcting.correct_guardian(actor, public_id, address)
            draining.drain()
            assert session().scalar(told) == count
