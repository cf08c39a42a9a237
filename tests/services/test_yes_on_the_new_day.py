"""A meeting that moves across a birthday: who must say yes, who need not any more, and what a late answer does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link
from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.activities.models import Authorisation, Offer, Opening, Signup
from civic.activities.queries import due, facts
from civic.activities.queries.authorisations import list_asked_of
from civic.activities.services import answering, authorising, correcting, ending, moving
from civic.activities.services.authorising import Answer
from civic.activities.types import OfferAnswer, SignupState
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.notifications.models import Notification
from civic.notifications.reminders import ask_guardians_again
from civic.outbox.models import OutboxEvent
from tests import factories as make

DAY = timedelta(days=1)
OF_AGE_ON_10_DECEMBER = date(2008, 12, 10)
YES = Answer(True, "Maria Rossi", "Autorizzo", is_adult_with_responsibility=True)
NO = Answer(is_granted=False)


def move(activity, coordinator, by: timedelta) -> None:
    meeting = make.occurrences_of(activity)[0]
    begin, end = meeting.starts_at + by, meeting.ends_at + by
    moving.move_occurrence(coordinator, meeting.public_id, begin, end, meeting.place_id, meeting.version)


def signup_of(tx, public_id: str) -> Signup:
    return tx.scalar(sa.select(Signup).where(Signup.public_id == public_id).execution_options(populate_existing=True))


def token_for(tx, purpose: LinkPurpose = LinkPurpose.AUTHORISATION) -> str:
    return links.token_of(tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def taken(tx, opening) -> int:
    return tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id))


def happened(tx, name: str) -> list[dict]:
    return list(tx.scalars(sa.select(OutboxEvent.payload).where(OutboxEvent.name == name).order_by(OutboxEvent.id)))


@pytest.mark.parametrize("is_full", [False, True])
def test_a_no_ends_no_signup_that_needs_no_yes_any_more(tx, is_full):
    activity, opening, coordinator = make.published(capacity=1, by=make.organisation())
    if is_full:
        make.signed_up(opening)
    guardian = make.person()
    _, _, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, guardian_id=guardian.id, joins_queue=is_full)
    token, before = token_for(tx), SignupState.WAITING if is_full else SignupState.CONFIRMED
    move(activity, coordinator, 7 * DAY)
    assert signup_of(tx, signup).state is before
    with pytest.raises(RuleBroken):
        authorising.answer_by_link(token, NO)
    assert signup_of(tx, signup).state is before


def test_an_answer_counts_once_even_where_the_link_is_still_alive(tx):
    _, opening, _ = make.published()
    _, _, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    token = token_for(tx)
    authorising.answer_by_link(token, YES)
    tx.execute(sa.update(Link).values(used_at=None))
    with pytest.raises(RuleBroken):
        authorising.answer_by_link(token, NO)
    assert signup_of(tx, signup).state is SignupState.CONFIRMED


def test_a_yes_that_was_given_is_there_when_the_meeting_moves_back(tx):
    activity, opening, coordinator = make.published(by=make.organisation())
    _, _, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, guardian_id=make.person().id)
    authorising.answer_by_link(token_for(tx), YES)
    move(activity, coordinator, 7 * DAY)
    move(activity, coordinator, -7 * DAY)
    assert signup_of(tx, signup).needs_authorisation and facts.has_authorisation(signup_of(tx, signup).id)


@pytest.fixture
def offered(tx):
    """Somebody of age on the day who is offered a place; the meeting then comes a week nearer. With who waits behind."""
    activity, opening, coordinator = make.published(capacity=1, starts_in=19 * DAY, by=make.organisation())
    _, holder, first = make.signed_up(opening)
    row, actor, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, joins_queue=True)
    _, _, behind = make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    return activity, opening, coordinator, row, actor, signup, behind


def test_who_is_offered_a_place_and_needs_a_yes_now_has_the_guardian_asked_and_can_take_it(tx, offered):
    activity, _, coordinator, row, actor, signup, _ = offered
    make.guardian_of(row)
    move(activity, coordinator, -7 * DAY)
    with pytest.raises(RuleBroken):
        answering.accept_offer(actor, signup)
    authorising.answer_by_link(token_for(tx), YES)
    answering.accept_offer(actor, signup)
    assert signup_of(tx, signup).state is SignupState.CONFIRMED


def test_a_no_to_an_offered_place_ends_the_offer_and_the_place_goes_to_the_next(tx, offered):
    activity, opening, coordinator, row, _, signup, behind = offered
    make.guardian_of(row)
    move(activity, coordinator, -7 * DAY)
    authorising.answer_by_link(token_for(tx), NO)
    assert signup_of(tx, signup).state is SignupState.DECLINED
    offers = sa.select(Offer.answer).where(Offer.signup_id == signup_of(tx, signup).id)
    assert tx.scalars(offers).all() == [OfferAnswer.DECLINED]
    assert signup_of(tx, behind).state is SignupState.OFFERED and taken(tx, opening) == 1


def test_who_is_offered_a_place_and_has_nobody_to_ask_is_told_and_can_name_somebody(tx, offered):
    activity, _, coordinator, _, actor, signup, _ = offered
    move(activity, coordinator, -7 * DAY)
    assert happened(tx, "AuthorisationFoundMissing")
    correcting.correct_guardian(actor, signup, "mamma@example.org")
    authorising.answer_by_link(token_for(tx), YES)
    answering.accept_offer(actor, signup)
    assert signup_of(tx, signup).state is SignupState.CONFIRMED


def test_who_misses_the_offer_keeps_the_time_in_which_the_guardian_may_answer(tx, offered):
    activity, _, coordinator, _, actor, signup, _ = offered
    move(activity, coordinator, -7 * DAY)
    signup_of(tx, signup).hold_until = clock.now() + timedelta(hours=3)
    correcting.correct_guardian(actor, signup, "mamma@example.org")
    assert tx.scalar(sa.select(Authorisation.expires_at)) == clock.now() + timedelta(hours=72)


def test_a_question_that_is_under_way_is_not_put_anew_when_a_later_meeting_is_added(tx):
    activity, opening, coordinator = make.published(starts_in=19 * DAY, by=make.organisation())
    _, actor, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER)
    move(activity, coordinator, -7 * DAY)
    correcting.correct_guardian(actor, signup, "mamma@example.org")
    start = clock.now() + 30 * DAY
    moving.add_occurrence(coordinator, activity.public_id, start, start + timedelta(hours=2))
    assert [len(happened(tx, name)) for name in ("AuthorisationAsked", "AuthorisationFoundMissing")] == [1, 1]
    authorising.answer_by_link(token_for(tx), YES)
    assert facts.has_authorisation(signup_of(tx, signup).id)


@pytest.mark.parametrize("state", [SignupState.OFFERED, SignupState.CONFIRMED])
def test_a_guardian_asked_on_a_new_day_finds_the_question_and_is_reminded_of_it(tx, offered, state):
    activity, _, coordinator, row, actor, signup, _ = offered
    if state is SignupState.CONFIRMED:
        answering.accept_offer(actor, signup)
    guardian = make.guardian_of(row)
    move(activity, coordinator, -7 * DAY)
    assert signup_of(tx, signup).state is state
    (asked,) = list_asked_of(guardian)
    assert asked.title == activity.title
    with clock.frozen(clock.now() + timedelta(hours=37)):
        ask_guardians_again()
    reminded = sa.select(Notification.recipient_id).where(Notification.kind == "authorisation_reminder")
    assert tx.scalars(reminded).all() == [guardian.person_id]


def test_who_waits_and_needs_a_yes_now_has_the_guardian_asked_before_the_turn_comes(tx):
    activity, opening, coordinator = make.published(capacity=1, starts_in=19 * DAY, by=make.organisation())
    _, holder, first = make.signed_up(opening)
    row, _, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, joins_queue=True)
    make.guardian_of(row)
    move(activity, coordinator, -7 * DAY)
    authorising.answer_by_link(token_for(tx), YES)
    answering.cancel_signup(holder, first)
    assert signup_of(tx, signup).state is SignupState.OFFERED


def test_who_waited_for_a_yes_that_is_needed_no_more_is_offered_the_place_that_is_free(tx):
    activity, opening, coordinator = make.published(capacity=1, by=make.organisation())
    _, holder, first = make.signed_up(opening)
    _, _, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, guardian_id=make.person().id, joins_queue=True)
    answering.cancel_signup(holder, first)
    assert (signup_of(tx, signup).state, taken(tx, opening)) == (SignupState.WAITING, 0)
    move(activity, coordinator, 7 * DAY)
    assert (signup_of(tx, signup).state, taken(tx, opening)) == (SignupState.OFFERED, 1)


@pytest.mark.parametrize("state", [SignupState.OFFERED, SignupState.CONFIRMED])
def test_who_keeps_the_place_though_the_guardian_did_not_answer_is_told_and_asks_again(tx, offered, state):
    activity, _, coordinator, row, actor, signup, _ = offered
    if state is SignupState.CONFIRMED:
        answering.accept_offer(actor, signup)
    make.guardian_of(row)
    move(activity, coordinator, -7 * DAY)
    signup_of(tx, signup).hold_until = clock.now() + 5 * DAY if state is SignupState.OFFERED else None
    with clock.frozen(clock.now() + timedelta(hours=73)):
        for opening_id in due.list_openings_with_unanswered_waits(clock.now(), 9):
            ending.end_unanswered_waits(opening_id)
        assert (signup_of(tx, signup).state, len(happened(tx, "AuthorisationFoundMissing"))) == (state, 1)
        assert due.list_openings_with_unanswered_waits(clock.now(), 9) == []
        correcting.correct_guardian(actor, signup, "mamma@example.org")
        authorising.answer_by_link(token_for(tx), YES)
    assert facts.has_authorisation(signup_of(tx, signup).id)
