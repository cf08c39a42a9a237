"""The waiting list: who is offered a place, until when, and what is no longer given to anybody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.activities.models import Signup
from civic.activities.queries import facts as queries
from civic.activities.services import answering, capacity, deciding, holds, moving, publishing
from civic.activities.services.publishing import ActivityFields
from civic.activities.services.signing_up import Entry, PlaceTaken, sign_up
from civic.activities.types import ActivityKind, EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications import facts
from civic.outbox.models import OutboxEvent
from tests import factories as make

OF_AGE_ON_10_DECEMBER = date(2008, 12, 10)


def state_of(tx, public_id: str) -> SignupState:
    return tx.scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


def events(tx) -> list[str]:
    return list(tx.scalars(sa.select(OutboxEvent.name).order_by(OutboxEvent.id)))


def one_place(**fields):
    """Publish one place, taken; return the activity, its coordinator, the opening and a way to free the place."""
    activity, opening, coordinator = make.published(capacity=1, **fields)
    _, holder, signup = make.signed_up(opening)
    return activity, coordinator, opening, lambda: answering.cancel_signup(holder, signup)


def move(activity, coordinator, **by) -> None:
    (meeting,) = make.occurrences_of(activity)
    begin, end = meeting.starts_at + timedelta(**by), meeting.ends_at + timedelta(**by)
    moving.move_occurrence(coordinator, meeting.public_id, begin, end, meeting.place_id, meeting.version)


def test_a_place_freed_after_sign_ups_closed_is_offered_to_nobody(tx):
    _, _, opening, free = one_place(signup_closes_at=clock.now() + timedelta(days=5))
    _, waiting, second = make.signed_up(opening, joins_queue=True)
    with clock.frozen(clock.now() + timedelta(days=6)):
        free()
        assert "PlaceFreedLate" not in events(tx)
        with pytest.raises(RuleBroken):
            answering.take_free_place(waiting, second)


def test_a_new_title_tells_nobody_again_of_a_place_freed_late(tx):
    activity, coordinator, opening, free = one_place(starts_in=timedelta(hours=2))
    make.signed_up(opening, joins_queue=True)
    free()
    for title in ("Radio", "Radio di strada"):
        publishing.update_activity(coordinator, activity.public_id, ActivityFields(activity.kind, title))
    assert events(tx).count("PlaceFreedLate") == 1
    wider = ActivityFields(activity.kind, "Radio", signup_closes_at=clock.now() + timedelta(minutes=90))
    publishing.update_activity(coordinator, activity.public_id, wider)
    assert events(tx).count("PlaceFreedLate") == 2


def test_a_late_place_is_told_of_only_as_long_as_it_can_be_taken(tx):
    _, _, opening, free = one_place(starts_in=timedelta(hours=2))
    _, _, second = make.signed_up(opening, joins_queue=True)
    free()
    assert "PlaceFreedLate" in events(tx)
    signup_id = tx.scalar(sa.select(Signup.id).where(Signup.public_id == second))
    (signup,) = facts._signups({signup_id}).values()
    assert signup.has_place_to_take(clock.now())
    assert not signup.has_place_to_take(clock.now() + timedelta(hours=2))


def test_a_volunteer_who_is_busy_then_is_not_offered_the_place(tx):
    _, _, opening, free = one_place(kind=ActivityKind.VOLUNTEERING)
    row, busy, first = make.signed_up(opening, joins_queue=True)
    _, _, second = make.signed_up(opening, joins_queue=True)
    activity, elsewhere, coordinator = make.published(ActivityKind.VOLUNTEERING, starts_in=timedelta(days=20))
    sign_up(busy, Entry(elsewhere.public_id, row.id, new_public_id()))
    move(activity, coordinator, days=-6)
    free()
    assert state_of(tx, first) is SignupState.WAITING
    assert state_of(tx, second) is SignupState.OFFERED


def test_who_is_of_age_on_the_new_day_needs_no_authorisation(tx):
    activity, coordinator, opening, free = one_place()
    guardian = make.person().id
    _, _, young = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, joins_queue=True, guardian_id=guardian)
    move(activity, coordinator, days=7)
    free()
    assert state_of(tx, young) is SignupState.OFFERED


def test_who_is_not_yet_of_age_on_the_new_day_needs_one_whatever_they_do(tx):
    activity, coordinator, opening, free = one_place(starts_in=timedelta(days=19))
    _, young, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, joins_queue=True)
    move(activity, coordinator, days=-7)
    free()
    assert state_of(tx, signup) is SignupState.WAITING
    assert "TurnPassed" in events(tx)
    with pytest.raises(RuleBroken, match="authorisation"):
        answering.take_free_place(young, signup)


def test_an_offer_made_to_who_was_of_age_asks_for_a_guardian_once_they_are_not(tx):
    activity, coordinator, opening, free = one_place(starts_in=timedelta(days=19))
    _, young, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, joins_queue=True)
    free()
    move(activity, coordinator, days=-7)
    with pytest.raises(RuleBroken, match="authorisation"):
        answering.accept_offer(young, signup)


def test_a_request_of_who_is_not_yet_of_age_on_the_new_day_waits_for_a_guardian_when_approved(tx):
    activity, opening, coordinator = make.published(entry_mode=EntryMode.APPROVAL, starts_in=timedelta(days=19))
    _, _, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER)
    move(activity, coordinator, days=-7)
    assert deciding.approve_signup(coordinator, signup) is SignupState.PENDING_GUARDIAN


@pytest.mark.parametrize("verb", [answering.accept_offer, answering.keep_waiting])
def test_no_offer_is_answered_once_it_has_begun(tx, verb):
    activity, _, opening, free = one_place()
    _, lucky, signup = make.signed_up(opening, joins_queue=True)
    free()
    activity.starts_at = activity.last_entry_at = clock.now()
    tx.flush()
    with pytest.raises(RuleBroken, match="begun"):
        verb(lucky, signup)


def test_who_loses_the_last_place_reads_which_number_they_would_be(tx):
    _, _, opening, _ = one_place()
    make.signed_up(opening, joins_queue=True)
    with pytest.raises(PlaceTaken) as caught:
        make.signed_up(opening)
    assert caught.value.values == {"num": 2}


def test_who_accepts_too_late_reads_which_number_they_are(tx):
    _, _, opening, free = one_place(starts_in=timedelta(days=60))
    _, late, first = make.signed_up(opening, joins_queue=True)
    for _ in range(2):
        make.signed_up(opening, joins_queue=True)
    free()
    with clock.frozen(clock.now() + timedelta(days=5)):
        for end in (lambda: None, lambda: holds.end_holds(opening.id)):
            end()
            with pytest.raises(RuleBroken) as caught:
                answering.accept_offer(late, first)
            assert caught.value.values == {"num": 2}


def test_who_gives_way_to_fewer_places_is_first_in_line_again_and_is_told(tx):
    _, opening, coordinator = make.published(capacity=2)
    _, _, chosen = make.signed_up(opening)
    _, holder, other = make.signed_up(opening)
    make.signed_up(opening, joins_queue=True)
    capacity.change_capacity(coordinator, opening.public_id, 0, 1, [chosen])
    assert queries.list_waiting(opening.id)[0].public_id == chosen
    assert events(tx)[-1] == "PlaceWithdrawn"
    answering.cancel_signup(holder, other)
    assert state_of(tx, chosen) is SignupState.OFFERED


def test_too_few_chosen_or_strangers_change_nothing(tx):
    _, opening, coordinator = make.published(capacity=3)
    signups = [make.signed_up(opening)[2] for _ in range(3)]
    _, elsewhere, _ = make.published()
    stranger = make.signed_up(elsewhere)[2]
    for chosen in ([signups[0]], [signups[0], stranger]):
        with pytest.raises(RuleBroken), tx.begin_nested():
            capacity.change_capacity(coordinator, opening.public_id, 0, 1, chosen)
    assert {state_of(tx, one) for one in (*signups, stranger)} == {SignupState.CONFIRMED}


def test_nobody_is_sent_back_to_the_list_once_it_has_begun(tx):
    _, opening, coordinator = make.published(capacity=2)
    signups = [make.signed_up(opening)[2] for _ in range(2)]
    with clock.frozen(clock.now() + timedelta(days=14)), pytest.raises(RuleBroken, match="begun"):
        capacity.change_capacity(coordinator, opening.public_id, 0, 1, signups[:1])
