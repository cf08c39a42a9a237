"""Reserved places: for who is sent by a service or a school, until a date; to everybody else they are taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from civic.activities.models import Opening, Signup
from civic.activities.queries import facts
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services import answering, capacity, deciding, holds, referrals, reserving
from civic.activities.services.drawing import draw
from civic.activities.services.signing_up import Entry, PlaceTaken, sign_up
from civic.activities.types import EntryMode, SignupState
from civic.activities.ways_in import DrawEntry, Referral
from civic.kernel import clock
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make

IN_A_WEEK = timedelta(days=7)


def reserving_places(places: int = 2, kept: int = 1, **fields):
    """Publish places of which some are kept for a week; return activity, opening and coordinator."""
    activity, opening, coordinator = make.published(capacity=places, **fields)
    reserving.keep_places(coordinator, opening.public_id, (kept, False), clock.now() + IN_A_WEEK)
    return activity, opening, coordinator


def link(activity, coordinator) -> str:
    return referrals.token_of(referrals.make(coordinator, activity.public_id, "Servizio sociale Navile", "Accordo di ottobre"))


def come(opening, token: str | None = None, *, joins_queue: bool = False):
    person = make.account()
    actor = make.actor_of(person)
    entry = Entry(opening.public_id, person.id, new_public_id(), joins_queue=joins_queue, referral=token)
    return actor, sign_up(actor, entry)


def state_of(tx, public_id: str) -> SignupState:
    return tx.scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


def test_a_kept_place_is_taken_to_all_but_who_was_referred(tx):
    activity, opening, coordinator = reserving_places(2, 1)
    come(opening)
    with pytest.raises(PlaceTaken):
        come(opening)
    assert facts.get_opening(opening.id).is_full
    _, referred = come(opening, link(activity, coordinator))
    assert state_of(tx, referred) is SignupState.CONFIRMED and list_wrong_counts() == []


def test_who_is_referred_takes_what_is_kept_before_what_is_open_to_all(tx):
    activity, opening, coordinator = reserving_places(2, 1)
    come(opening, link(activity, coordinator))
    _, stranger = come(opening)
    assert state_of(tx, stranger) is SignupState.CONFIRMED
    with pytest.raises(PlaceTaken):
        come(opening, link(activity, coordinator))


def test_a_kept_place_that_comes_free_goes_to_the_first_who_was_referred_and_else_stays_kept(tx):
    activity, opening, coordinator = reserving_places(2, 1)
    actor, referred = come(opening, link(activity, coordinator))
    come(opening)
    _, first = come(opening, joins_queue=True)
    _, second = come(opening, link(activity, coordinator), joins_queue=True)
    answering.cancel_signup(actor, referred)
    assert state_of(tx, first) is SignupState.WAITING and state_of(tx, second) is SignupState.OFFERED
    deciding.remove_signup(coordinator, second, "motivo")
    assert state_of(tx, first) is SignupState.WAITING
    assert facts.get_opening(opening.id).is_full and list_wrong_counts() == []


def test_at_the_date_what_is_still_kept_goes_to_who_waits_in_order(tx):
    _, opening, _ = reserving_places(3, 2)
    come(opening)
    waiting = [come(opening, joins_queue=True)[1] for _ in range(3)]
    with clock.frozen(clock.now() + IN_A_WEEK):
        holds.end_holds(opening.id)
    assert [state_of(tx, one) for one in waiting] == [SignupState.OFFERED] * 2 + [SignupState.WAITING]
    assert tx.scalar(sa.select(Opening.reserved).where(Opening.id == opening.id)) == 0


def test_after_the_date_whoever_comes_has_the_place_though_no_job_came_round(tx):
    activity, opening, coordinator = reserving_places(2, 2)
    token = link(activity, coordinator)
    with clock.frozen(clock.now() + IN_A_WEEK):
        assert not referrals.is_usable(token, activity.id)
        _, signup = come(opening)
        assert state_of(tx, signup) is SignupState.CONFIRMED


def test_nobody_overtakes_who_waited_when_the_date_comes_though_no_job_came_round(tx):
    _, opening, _ = reserving_places(1, 1)
    _, waiting = come(opening, joins_queue=True)
    with clock.frozen(clock.now() + IN_A_WEEK):
        _, late = come(opening, joins_queue=True)
    assert state_of(tx, waiting) is SignupState.OFFERED and state_of(tx, late) is SignupState.WAITING


def test_a_link_serves_one_person_at_a_time_and_ends_with_the_reserve_or_when_it_is_withdrawn(tx):
    activity, opening, coordinator = reserving_places(3, 2)
    token = link(activity, coordinator)
    actor, signup = come(opening, token)
    assert not referrals.is_usable(token, activity.id)
    answering.cancel_signup(actor, signup)
    assert referrals.is_usable(token, activity.id)
    reserving.keep_places(coordinator, opening.public_id, (1, False), clock.now() + IN_A_WEEK * 1.5)
    with clock.frozen(clock.now() + IN_A_WEEK * 1.2):
        assert referrals.is_usable(token, activity.id)
    referrals.withdraw(coordinator, activity.public_id, tx.scalar(sa.select(Referral.id)))
    assert not referrals.is_usable(token, activity.id)
    other, _, _ = make.published()
    assert not referrals.is_usable(link(activity, coordinator), other.id)


def test_a_link_needs_a_service_a_reason_something_kept_and_who_may_make_it(tx):
    activity, opening, coordinator = reserving_places()
    for service, reason, field in ((" ", "x", "service"), ("x", " ", "reason")):
        with pytest.raises(RuleBroken) as refused:
            referrals.make(coordinator, activity.public_id, service, reason)
        assert refused.value.field == field
    plain, _, owner = make.published()
    with pytest.raises(RuleBroken, match="No place is kept"):
        referrals.make(owner, plain.public_id, "Scuola", "Accordo")
    with pytest.raises(NotFound):
        referrals.make(owner, activity.public_id, "Scuola", "Accordo")
    with pytest.raises(NotFound):
        reserving.keep_places(owner, opening.public_id, (1, False), clock.now() + IN_A_WEEK)


def test_a_part_of_the_places_is_kept_as_a_number_and_never_more_than_are_free(tx):
    _, opening, coordinator = make.published(capacity=7)
    until = clock.now() + IN_A_WEEK
    assert reserving.keep_places(coordinator, opening.public_id, (20, True), until) == 2
    for _ in range(5):
        come(opening)
    for wish, when, field in (
        ((3, False), until, "count"),
        ((8, False), until, "count"),
        ((1, False), None, "reserved_until"),
        ((1, False), clock.now(), "reserved_until"),
        ((1, False), clock.now() + timedelta(days=14), "reserved_until"),
    ):
        with pytest.raises(RuleBroken) as refused:
            reserving.keep_places(coordinator, opening.public_id, wish, when)
        assert refused.value.field == field
    with pytest.raises(RuleBroken, match="reserved"):
        capacity.change_capacity(coordinator, opening.public_id, 0, 6)


def test_the_database_lets_no_stranger_into_a_kept_place(tx):
    _, opening, _ = reserving_places(2, 1)
    come(opening)
    with pytest.raises(IntegrityError, match="ck_opening_taken"), tx.begin_nested():
        tx.execute(sa.update(Opening).where(Opening.id == opening.id).values(taken=2))


def test_in_a_draw_the_kept_places_are_drawn_among_the_referred_and_the_order_tells_nothing(tx):
    draw_at = clock.now() + timedelta(days=5)
    activity, opening, coordinator = reserving_places(3, 1, entry_mode=EntryMode.DRAW, draw_at=draw_at)
    referred = {come(opening, link(activity, coordinator))[1] for _ in range(2)}
    strangers = {come(opening)[1] for _ in range(6)}
    with clock.frozen(draw_at):
        draw(opening.id)
    ranked = sa.select(Signup.public_id).join(DrawEntry, DrawEntry.signup_id == Signup.id).order_by(DrawEntry.rank)
    order = list(tx.scalars(ranked))
    assert set(order) == referred | strangers
    first = next(one for one in order if one in referred)
    others = [one for one in order if one != first]
    assert [one for one in order if state_of(tx, one) is SignupState.CONFIRMED] == sorted([first, *others[:2]], key=order.index)
    assert list_wrong_counts() == []
