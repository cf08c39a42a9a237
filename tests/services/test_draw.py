"""The draw: whoever asks in time has the same chance, the order is that of the seed, and it is drawn once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.services.people import PersonDetails
from civic.activities.draw_order import Ticket, in_order, print_of
from civic.activities.draw_sheet import check_sheet, write_sheet
from civic.activities.models import Activity, Opening, Signup
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.queries.draws import get_drawn
from civic.activities.services import answering, cancelling, capacity, deciding, holds, publishing
from civic.activities.services.drawing import draw
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.publishing import ActivityFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, EntryMode, SignupState
from civic.activities.ways_in import DrawEntry
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from civic.outbox.models import OutboxEvent
from tests import factories as make

IN_A_WEEK = timedelta(days=7)


def drawing(capacity: int = 2, **fields):
    """Publish places to be drawn in a week; return activity, opening and coordinator."""
    fields = {"entry_mode": EntryMode.DRAW, "draw_at": clock.now() + IN_A_WEEK, **fields}
    return make.published(capacity=capacity, **fields)


def hold_draw(opening, after: timedelta = IN_A_WEEK) -> int:
    with clock.frozen(clock.now() + after):
        return draw(opening.id)


def state_of(tx, public_id: str) -> SignupState:
    return tx.scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


def drawn_order(tx, opening) -> list[str]:
    ranked = sa.select(Signup.public_id).join(DrawEntry, DrawEntry.signup_id == Signup.id)
    return list(tx.scalars(ranked.where(DrawEntry.opening_id == opening.id, DrawEntry.rank > 0).order_by(DrawEntry.rank)))


def events(tx) -> list[str]:
    return list(tx.scalars(sa.select(OutboxEvent.name).order_by(OutboxEvent.id)))


def test_until_the_draw_everybody_asks_and_nobody_holds_a_place(tx):
    _, opening, coordinator = drawing(capacity=1)
    signups = [make.signed_up(opening)[2] for _ in range(3)]
    assert {state_of(tx, one) for one in signups} == {SignupState.REQUESTED}
    assert tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id)) == 0
    assert events(tx).count("DrawEntered") == 3 and "SignupRequested" not in events(tx)
    for decide in (deciding.approve_signup, deciding.decline_signup):
        with pytest.raises(RuleBroken, match="draw"):
            decide(coordinator, signups[0])


def test_places_go_in_the_order_of_the_seed_and_the_others_wait_in_it(tx):
    activity, opening, _ = drawing(capacity=2)
    signups = [make.signed_up(opening)[2] for _ in range(6)]
    assert hold_draw(opening) == 6
    order = drawn_order(tx, opening)
    assert sorted(order) == sorted(signups)
    assert [state_of(tx, one) for one in order] == [SignupState.CONFIRMED] * 2 + [SignupState.WAITING] * 4
    waiting = tx.scalars(sa.select(Signup.public_id).where(Signup.state == "waiting").order_by(Signup.joined_at)).all()
    assert list(waiting) == order[2:]
    drawn = get_drawn(activity.id)
    tickets = drawn.orders[opening.id]
    assert list(tickets) == in_order(drawn.seed, reversed(tickets))
    assert events(tx).count("DrawnToWait") == 4 and list_wrong_counts() == []


def test_a_draw_is_held_once_and_not_before_its_moment(tx):
    _, opening, _ = drawing(capacity=1)
    for _ in range(3):
        make.signed_up(opening)
    assert hold_draw(opening, IN_A_WEEK - timedelta(seconds=1)) == 0
    assert hold_draw(opening) == 3
    order = drawn_order(tx, opening)
    assert hold_draw(opening, IN_A_WEEK + timedelta(hours=1)) == 0
    assert drawn_order(tx, opening) == order


def test_whoever_asks_after_the_moment_stands_behind_those_who_were_drawn(tx):
    _, opening, _ = drawing(capacity=1)
    for _ in range(2):
        make.signed_up(opening)
    with clock.frozen(clock.now() + IN_A_WEEK + timedelta(seconds=20)):
        late = make.signed_up(opening)[2]
        assert state_of(tx, late) is SignupState.REQUESTED
        draw(opening.id)
        later = make.signed_up(opening, joins_queue=True)[2]
    queue = tx.scalars(sa.select(Signup.public_id).where(Signup.state == "waiting").order_by(Signup.joined_at)).all()
    assert late not in drawn_order(tx, opening) and list(queue)[1:] == [late, later]


def test_who_has_a_place_in_another_workshop_of_the_school_year_comes_after_the_others_where_that_is_said(tx):
    _, elsewhere, _ = make.published(capacity=10)
    _, opening, _ = drawing(capacity=2, draw_new_first=True)
    served = []
    for _ in range(3):
        person, actor, signup = make.signed_up(opening)
        sign_up(actor, Entry(elsewhere.public_id, person.id, new_public_id()))
        served.append(signup)
    new = [make.signed_up(opening)[2] for _ in range(2)]
    hold_draw(opening)
    order = drawn_order(tx, opening)
    assert set(order[:2]) == set(new) and set(order[2:]) == set(served)


def test_who_is_drawn_and_not_of_age_has_the_place_kept_while_the_guardian_is_asked(tx):
    _, opening, _ = drawing(capacity=1)
    _, _, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    assert "AuthorisationAsked" not in events(tx)
    hold_draw(opening)
    assert state_of(tx, signup) is SignupState.PENDING_GUARDIAN and "AuthorisationAsked" in events(tx)
    until = tx.scalar(sa.select(Signup.hold_until).where(Signup.public_id == signup))
    assert until == clock.now() + IN_A_WEEK + timedelta(hours=72)


def test_a_newcomer_who_has_not_clicked_is_not_drawn_and_hears_of_nothing(tx):
    _, opening, _ = drawing(capacity=5)
    with clock.frozen(clock.now() + IN_A_WEEK - timedelta(hours=1)):
        newcomer = Newcomer(PersonDetails("Ada", "Neri", make.ADULT, "ada@example.org"), "informativa")
        signup = sign_up_newcomer(opening.public_id, newcomer, new_public_id(), joins_queue=False)
    assert state_of(tx, signup) is SignupState.REQUESTED and "DrawEntered" not in events(tx)
    assert hold_draw(opening) == 0
    assert state_of(tx, signup) is SignupState.WAITING and "DrawnToWait" not in events(tx)
    with clock.frozen(clock.now() + IN_A_WEEK + timedelta(days=4)):
        holds.end_holds(opening.id)
    assert state_of(tx, signup) is SignupState.EXPIRED


def test_who_withdraws_before_the_draw_is_not_in_it(tx):
    _, opening, _ = drawing(capacity=1)
    _, actor, gone = make.signed_up(opening)
    stays = make.signed_up(opening)[2]
    answering.cancel_signup(actor, gone)
    assert hold_draw(opening) == 1 and drawn_order(tx, opening) == [stays]


def test_nothing_is_drawn_of_what_was_cancelled_and_its_seed_stays_secret(tx):
    activity, opening, coordinator = drawing()
    make.signed_up(opening)
    cancelling.cancel_activity(coordinator, activity.public_id, "motivo")
    assert hold_draw(opening) == 0 and get_drawn(activity.id).seed is None


def test_the_seed_is_fixed_when_it_becomes_public_and_told_after_the_last_draw(tx):
    activity, opening, coordinator = drawing()
    seed = tx.scalar(sa.select(Activity.draw_seed).where(Activity.id == activity.id))
    assert len(seed) == 64 and get_drawn(activity.id).seed is None
    capacity.add_opening(coordinator, activity.public_id, publishing.OpeningFields(ActivityKind.WORKSHOP, 3, "coro"))
    hold_draw(opening)
    assert get_drawn(activity.id).seed is None
    hold_draw(make.openings_of(activity)[1])
    assert get_drawn(activity.id).seed == seed


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"draw_at": None}, "when the places are drawn"),
        ({"draw_at": timedelta(hours=-1)}, "in the future"),
        ({"draw_at": timedelta(days=13, seconds=1)}, "at least 24 hours"),
        ({"draw_at": timedelta(days=2), "signup_opens_at": timedelta(days=2)}, "after sign-ups open"),
    ],
)
def test_the_moment_of_the_draw_must_leave_time_to_ask_and_to_answer(tx, fields, said):
    times = {name: value and clock.now() + value for name, value in fields.items()}
    with pytest.raises(RuleBroken, match=said) as refused:
        drawing(**times)
    assert refused.value.field == "draw_at"


def change(activity, coordinator, **fields):
    fields = {"entry_mode": activity.entry_mode, "draw_at": activity.draw_at, **fields}
    words = ActivityFields(kind=ActivityKind.WORKSHOP, title=activity.title, **fields)
    return publishing.update_activity(coordinator, activity.public_id, words)


def test_once_public_a_draw_is_only_put_off_and_who_takes_part_is_told(tx):
    activity, opening, coordinator = drawing()
    make.signed_up(opening)
    earlier, later = (activity.draw_at + timedelta(days=days) for days in (-1, 1))
    for fields in ({"draw_at": earlier}, {"entry_mode": EntryMode.INSTANT}, {"draw_new_first": True}):
        with pytest.raises(RuleBroken), tx.begin_nested():
            change(activity, coordinator, **fields)
        tx.refresh(activity)
    assert "DrawMoved" not in events(tx)
    change(activity, coordinator, draw_at=later)
    assert events(tx).count("DrawMoved") == 1
    assert hold_draw(opening) == 0 and hold_draw(opening, IN_A_WEEK + timedelta(days=1)) == 1
    with clock.frozen(clock.now() + IN_A_WEEK + timedelta(days=2)), pytest.raises(RuleBroken, match="has been held"):
        change(activity, coordinator, draw_at=later + timedelta(days=3))


def test_an_offer_that_is_missed_after_a_draw_moves_the_person_to_the_end(tx):
    _, opening, _ = drawing(capacity=1)
    actors = {signup: actor for _, actor, signup in (make.signed_up(opening) for _ in range(3))}
    hold_draw(opening)
    first, second, third = drawn_order(tx, opening)
    with clock.frozen(clock.now() + IN_A_WEEK + timedelta(hours=1)):
        answering.cancel_signup(actors[first], first)
        answering.keep_waiting(actors[second], second)
    assert state_of(tx, third) is SignupState.OFFERED and state_of(tx, second) is SignupState.WAITING


def test_the_published_file_is_checked_without_the_site_and_a_changed_one_is_found_out():
    seed = "5eed" * 16
    tickets = in_order(seed, [Ticket("aaa"), Ticket("bbb"), Ticket("ccc", 2), Ticket("ddd")])
    assert [one.code for one in tickets][-1] == "ccc"
    sheet = write_sheet(seed, tickets)
    assert check_sheet(sheet, seed) == 4 and print_of(seed + tickets[0].code) in sheet
    with pytest.raises(RuleBroken, match="not that of this seed"):
        check_sheet(write_sheet(seed, reversed(tickets)), seed)
    with pytest.raises(RuleBroken, match="not the file"):
        check_sheet("a,b\n1,2\n", seed)
