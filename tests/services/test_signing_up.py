"""Signing up, the place, the queue, the offer: on a real database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.activities import rules
from civic.activities.models import Offer, Opening, Signup, SignupMove
from civic.activities.queries import facts
from civic.activities.services import answering, cancelling, capacity, deciding, holds, publishing
from civic.activities.services.authorising import Given
from civic.activities.services.signing_up import AlreadySignedUp, Entry, PlaceTaken, sign_up
from civic.activities.types import ActivityKind, EntryMode, OfferAnswer, SignupState
from civic.kernel import clock
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.outbox.models import OutboxEvent
from tests import factories as make


def state_of(tx, public_id: str) -> SignupState:
    return tx.scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


def taken_of(tx, opening: Opening) -> int:
    return tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id))


def events(tx) -> list[str]:
    return list(tx.scalars(sa.select(OutboxEvent.name).order_by(OutboxEvent.id)))


def test_an_adult_who_signs_up_has_a_place_at_once(tx):
    _, opening, _ = make.published()
    _, _, signup = make.signed_up(opening)
    assert state_of(tx, signup) is SignupState.CONFIRMED
    assert taken_of(tx, opening) == 1
    assert events(tx)[-1] == "SignupConfirmed"


def test_the_last_place_is_given_once_and_the_next_is_told(tx):
    _, opening, _ = make.published(capacity=1)
    make.signed_up(opening)
    with pytest.raises(PlaceTaken):
        make.signed_up(opening)


def test_who_asks_for_the_queue_stands_in_it_in_order(tx):
    _, opening, _ = make.published(capacity=1)
    make.signed_up(opening)
    people = [make.signed_up(opening, joins_queue=True)[0].id for _ in range(3)]
    assert [signup.person_id for signup in facts.list_waiting(opening.id)] == people
    assert taken_of(tx, opening) == 1


def test_the_same_key_twice_gives_the_same_signup(tx):
    _, opening, _ = make.published()
    row = make.account()
    entry = Entry(opening.public_id, row.id, new_public_id())
    assert sign_up(make.actor_of(row), entry) == sign_up(make.actor_of(row), entry)
    assert taken_of(tx, opening) == 1


def test_another_key_for_the_same_place_names_the_signup_there_is(tx):
    _, opening, _ = make.published()
    row, actor, public_id = make.signed_up(opening)
    with pytest.raises(AlreadySignedUp) as caught:
        sign_up(actor, Entry(opening.public_id, row.id, new_public_id()))
    assert caught.value.public_id == public_id


def test_nobody_signs_up_somebody_else(tx):
    _, opening, _ = make.published()
    stranger = make.actor_of(make.account())
    with pytest.raises(NotAllowed):
        sign_up(stranger, Entry(opening.public_id, make.account().id, new_public_id()))


def test_a_minor_needs_somebody_to_say_yes(tx):
    _, opening, _ = make.published()
    with pytest.raises(RuleBroken) as caught:
        make.signed_up(opening, make.SIXTEEN)
    assert caught.value.field == "guardian_email"


def test_a_minors_place_is_held_while_the_guardian_answers(tx):
    _, opening, _ = make.published()
    _, _, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    row = tx.scalar(sa.select(Signup).where(Signup.public_id == signup))
    assert row.state is SignupState.PENDING_GUARDIAN
    assert row.hold_until == clock.now() + timedelta(hours=72)
    assert taken_of(tx, opening) == 1
    assert "AuthorisationAsked" in events(tx)


def test_a_guardian_who_enrols_a_child_authorises_on_the_spot(tx):
    _, opening, _ = make.published(age_min=11, age_max=14)
    child = make.person(make.THIRTEEN)
    guardian = make.guardian_of(child)
    entry = Entry(opening.public_id, child.id, new_public_id(), authorisation=Given(guardian.person_id, "Autorizzo"))
    signup = sign_up(guardian, entry)
    assert state_of(tx, signup) is SignupState.CONFIRMED


@pytest.mark.parametrize(
    ("birth_on", "fits"), [(date(2015, 12, 7), True), (date(2015, 12, 8), False), (date(2011, 12, 7), False)]
)
def test_ages_are_those_of_the_first_day(tx, birth_on, fits):
    _, opening, _ = make.published(age_min=11, age_max=14)
    guardian = make.person().id
    if fits:
        make.signed_up(opening, birth_on, guardian_id=guardian)
        return
    with pytest.raises(RuleBroken) as caught:
        make.signed_up(opening, birth_on, guardian_id=guardian)
    assert caught.value.field == "birth_on"


def test_a_cancelled_place_is_offered_to_the_first_in_line(tx):
    _, opening, _ = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    _, _, second = make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    assert state_of(tx, second) is SignupState.OFFERED
    assert taken_of(tx, opening) == 1
    assert events(tx)[-2:] == ["OfferMade", "SignupCancelled"]


def test_an_offer_counts_48_waking_hours(tx):
    _, opening, _ = make.published(capacity=1, starts_in=timedelta(days=60))
    _, holder, first = make.signed_up(opening)
    make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    deadline = clock.to_rome(tx.scalar(sa.select(Offer.expires_at)))
    assert deadline.strftime("%a %d %H:%M") == "Fri 27 09:00"


def test_near_the_start_nothing_is_offered_and_the_place_is_free_for_who_takes_it(tx):
    _, opening, _ = make.published(capacity=1, starts_in=timedelta(hours=2))
    _, holder, first = make.signed_up(opening)
    _, waiting, second = make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    assert (state_of(tx, second), taken_of(tx, opening)) == (SignupState.WAITING, 0)
    assert "PlaceFreedLate" in events(tx)
    answering.take_free_place(waiting, second)
    assert (state_of(tx, second), taken_of(tx, opening)) == (SignupState.CONFIRMED, 1)


def test_accepting_an_offer_twice_changes_nothing(tx):
    _, opening, _ = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    _, lucky, second = make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    answering.accept_offer(lucky, second)
    answering.accept_offer(lucky, second)
    assert state_of(tx, second) is SignupState.CONFIRMED
    assert events(tx).count("SignupConfirmed") == 2


def test_an_offer_is_late_when_its_time_has_passed_even_if_no_job_ran(tx):
    _, opening, _ = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    _, late, second = make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    with clock.frozen(clock.now() + timedelta(days=12)), pytest.raises(RuleBroken):
        answering.accept_offer(late, second)


def test_a_missed_offer_moves_to_the_end_and_the_next_is_asked(tx):
    _, opening, _ = make.published(capacity=1, starts_in=timedelta(days=60))
    _, holder, first = make.signed_up(opening)
    _, _, second = make.signed_up(opening, joins_queue=True)
    _, _, third = make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    with clock.frozen(clock.now() + timedelta(days=5)):
        assert holds.end_holds(opening.id) == 1
    assert state_of(tx, second) is SignupState.WAITING
    assert state_of(tx, third) is SignupState.OFFERED
    assert [signup.public_id for signup in facts.list_waiting(opening.id)] == [second]
    assert set(tx.scalars(sa.select(Offer.answer))) == {OfferAnswer.EXPIRED, None}


def test_a_turn_passes_while_the_authorisation_is_missing_and_the_position_is_kept(tx):
    _, opening, _ = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    _, _, minor = make.signed_up(opening, make.SIXTEEN, joins_queue=True, guardian_id=make.person().id)
    _, _, adult = make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    assert state_of(tx, adult) is SignupState.OFFERED
    assert [signup.public_id for signup in facts.list_waiting(opening.id)] == [minor]
    assert "TurnPassed" in events(tx)


def test_a_hold_that_ran_out_makes_room_even_when_no_job_ran(tx):
    _, opening, _ = make.published(capacity=1)
    _, _, minor = make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    with clock.frozen(clock.now() + timedelta(hours=73)):
        _, _, adult = make.signed_up(opening)
    assert state_of(tx, minor) is SignupState.EXPIRED
    assert state_of(tx, adult) is SignupState.CONFIRMED


def test_who_comes_back_after_cancelling_gets_a_new_row_at_the_end(tx):
    _, opening, _ = make.published(capacity=1)
    row, actor, first = make.signed_up(opening)
    make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(actor, first)
    again = sign_up(actor, Entry(opening.public_id, row.id, new_public_id(), joins_queue=True))
    assert again != first
    assert state_of(tx, again) is SignupState.WAITING


def test_a_volunteer_cannot_be_in_two_places_at_once(tx):
    _, one, _ = make.published(ActivityKind.VOLUNTEERING)
    _, other, _ = make.published(ActivityKind.VOLUNTEERING)
    row, actor, _ = make.signed_up(one)
    with pytest.raises(RuleBroken) as caught:
        sign_up(actor, Entry(other.public_id, row.id, new_public_id()))
    assert "Laboratorio" not in str(caught.value.values)


def test_half_open_intervals_touch_without_clashing(tx):
    _, one, _ = make.published(ActivityKind.VOLUNTEERING)
    _, after, _ = make.published(ActivityKind.VOLUNTEERING, starts_in=timedelta(days=14, hours=2))
    row, actor, _ = make.signed_up(one)
    sign_up(actor, Entry(after.public_id, row.id, new_public_id()))


def test_a_young_person_is_only_warned_of_an_overlap(tx):
    _, one, _ = make.published()
    _, other, _ = make.published()
    row, actor, _ = make.signed_up(one)
    assert sign_up(actor, Entry(other.public_id, row.id, new_public_id()))


def test_a_request_holds_no_place_until_it_is_approved(tx):
    _, opening, coordinator = make.published(entry_mode=EntryMode.APPROVAL, capacity=1)
    _, _, first = make.signed_up(opening)
    _, _, second = make.signed_up(opening)
    assert taken_of(tx, opening) == 0
    assert deciding.approve_signup(coordinator, first) is SignupState.CONFIRMED
    assert deciding.approve_signup(coordinator, second) is SignupState.WAITING


def test_another_organisation_cannot_decide_nor_know(tx):
    _, opening, _ = make.published(entry_mode=EntryMode.APPROVAL)
    _, _, first = make.signed_up(opening)
    _, stranger = make.organisation()
    with pytest.raises(NotFound):
        deciding.approve_signup(stranger, first)


def test_capacity_never_goes_below_what_is_taken_and_more_places_make_offers(tx):
    _, opening, coordinator = make.published(capacity=2)
    make.signed_up(opening)
    make.signed_up(opening)
    _, _, third = make.signed_up(opening, joins_queue=True)
    with pytest.raises(RuleBroken):
        capacity.change_capacity(coordinator, opening.public_id, 0, 1)
    capacity.change_capacity(coordinator, opening.public_id, 0, 3)
    assert state_of(tx, third) is SignupState.OFFERED
    assert taken_of(tx, opening) == 3


def test_every_move_is_a_dated_row_saying_who(tx):
    _, opening, _ = make.published(capacity=1)
    _, actor, first = make.signed_up(opening)
    answering.cancel_signup(actor, first)
    moves = tx.execute(sa.select(SignupMove.before, SignupMove.after, SignupMove.actor_id).order_by(SignupMove.id)).all()
    assert moves == [
        (None, SignupState.CONFIRMED, actor.person_id),
        (SignupState.CONFIRMED, SignupState.CANCELLED, actor.person_id),
    ]


def test_cancelling_an_activity_ends_everything_and_frees_every_place(tx):
    activity, opening, coordinator = make.published(capacity=1)
    _, _, first = make.signed_up(opening)
    _, _, second = make.signed_up(opening, joins_queue=True)
    assert cancelling.cancel_activity(coordinator, activity.public_id, "Maltempo") == 2
    assert {state_of(tx, first), state_of(tx, second)} == {SignupState.CANCELLED}
    assert taken_of(tx, opening) == 0
    with pytest.raises(RuleBroken):
        publishing.publish_activity(coordinator, activity.public_id)


def test_no_person_sends_so_many_signups_in_an_hour_and_later_it_goes_on(tx):
    _, opening, _ = make.published(ActivityKind.PUBLIC_EVENT)
    person = make.account()
    tx.execute(
        sa.text(
            "INSERT INTO signup (public_id, opening_id, activity_id, person_id, created_by_id, state, priority,"
            " needs_authorisation, joined_at) SELECT 'old' || n, :opening, :activity, :person, :person, 'cancelled', 0,"
            " false, :now FROM generate_series(1, :most) n"
        ),
        {
            "opening": opening.id, "activity": opening.activity_id, "person": person.id, "now": clock.now(),
            "most": rules.MOST_IN_AN_HOUR,
        },
    )  # fmt: skip
    entry = Entry(opening.public_id, person.id, new_public_id())
    with pytest.raises(RuleBroken, match="very many"):
        sign_up(make.actor_of(person), entry)
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        assert sign_up(make.actor_of(person), entry)
