"""Places for a class: held together under the lock of the opening, waited for in turn, given back or freed in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from civic.activities.blocks import Block
from civic.activities.models import Opening, Signup
from civic.activities.queries import facts
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services import answering, blocks, cancelling, capacity, holds, reserving
from civic.activities.services.signing_up import Entry, PlaceTaken, sign_up
from civic.activities.types import ActivityKind, BlockEnd, EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.outbox.models import OutboxEvent
from tests import factories as make


def wish(size: int, *, is_whole: bool = True, label: str = "2B", days: int = 7) -> blocks.Wish:
    return blocks.Wish(label, size, is_whole, clock.today() + timedelta(days=days))


def ask(opening, size: int, school=None, **options) -> Block:
    row, teacher = school or make.school()
    return blocks.ask(teacher, opening.public_id, row.slug, wish(size, **options))


def come(opening, *, joins_queue: bool = False):
    """Sign somebody of age up (a workshop for all ages): a place at once, or a turn in the line."""
    person = make.account()
    actor = make.actor_of(person)
    return actor, sign_up(actor, Entry(opening.public_id, person.id, new_public_id(), joins_queue=joins_queue))


def later(frozen_to, minutes: int = 1):
    return clock.frozen(frozen_to + timedelta(minutes=minutes))


def state_of(tx, public_id: str) -> SignupState:
    return tx.scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


def counted(opening) -> tuple[int, int]:
    now = facts.get_opening(opening.id)
    return now.taken, now.open_to_all - now.taken


def test_places_of_a_class_count_as_taken_before_they_have_names(tx):
    _, opening, _ = make.published(capacity=3)
    block = ask(opening, 3)
    assert (block.granted, block.unnamed, counted(opening)) == (3, 3, (3, 0))
    with pytest.raises(PlaceTaken):
        come(opening)
    assert list_wrong_counts() == []


def test_the_database_lets_no_class_stand_above_the_capacity(tx):
    _, opening, _ = make.published(capacity=3)
    block = ask(opening, 2)
    with pytest.raises(IntegrityError, match="taken"), tx.begin_nested():
        tx.execute(sa.update(Opening).where(Opening.id == opening.id).values(taken=Opening.taken + 2))
    with pytest.raises(IntegrityError, match="places"), tx.begin_nested():
        tx.execute(sa.update(Block).where(Block.id == block.id).values(unnamed=3))
    assert [(row.taken, row.holding) for row in list_wrong_counts()] == []


def test_a_class_that_wants_all_or_none_waits_while_it_does_not_fit(tx, frozen):
    _, opening, _ = make.published(capacity=4)
    come(opening)
    actor, public_id = come(opening)
    block = ask(opening, 3)
    assert (block.granted, block.missing) == (0, 3)
    with later(frozen):
        answering.cancel_signup(actor, public_id)
    assert (block.granted, counted(opening)) == (3, (4, 0)) and list_wrong_counts() == []


def test_a_class_that_wants_as_many_as_possible_takes_what_there_is_and_then_each_freed_place(tx, frozen):
    _, opening, coordinator = make.published(capacity=4)
    come(opening), come(opening)
    block = ask(opening, 3, is_whole=False)
    assert (block.granted, block.missing) == (2, 1)
    with later(frozen):
        capacity.change_capacity(coordinator, opening.public_id, 0, 6)
    assert (block.granted, counted(opening)) == (3, (5, 1)) and list_wrong_counts() == []


def test_past_a_class_that_does_not_fit_three_smaller_requests_go_and_then_all_waits_for_it(tx, frozen):
    _, opening, coordinator = make.published(capacity=8)
    come(opening), come(opening), come(opening)
    block = ask(opening, 6)
    assert counted(opening) == (3, 3)
    with later(frozen):
        come(opening), come(opening), come(opening)
        with pytest.raises(PlaceTaken):
            come(opening)
    with later(frozen, 2):
        _, behind = come(opening, joins_queue=True)
        capacity.change_capacity(coordinator, opening.public_id, 0, 11)
        assert (block.granted, state_of(tx, behind), counted(opening)) == (0, SignupState.WAITING, (6, 0))
        capacity.change_capacity(coordinator, opening.public_id, 0, 13)
        assert (block.granted, state_of(tx, behind), counted(opening)) == (6, SignupState.OFFERED, (13, 0))
    assert list_wrong_counts() == []


def test_who_stood_in_line_before_the_class_is_served_before_it(tx, frozen):
    _, opening, coordinator = make.published(capacity=2)
    come(opening), come(opening)
    _, first = come(opening, joins_queue=True)
    with later(frozen):
        block = ask(opening, 2)
        capacity.change_capacity(coordinator, opening.public_id, 0, 4)
    assert (state_of(tx, first), block.granted) == (SignupState.OFFERED, 0)
    with later(frozen, 2):
        capacity.change_capacity(coordinator, opening.public_id, 0, 5)
    assert block.granted == 2 and list_wrong_counts() == []


def test_who_waits_behind_may_pass_as_long_as_passes_are_left(tx, frozen):
    _, opening, coordinator = make.published(capacity=6)
    for _ in range(6):
        come(opening)
    block = ask(opening, 6)
    with later(frozen):
        line = [come(opening, joins_queue=True)[1] for _ in range(5)]
    with later(frozen, 2):
        capacity.change_capacity(coordinator, opening.public_id, 0, 11)
    states = [state_of(tx, one) for one in line]
    assert states == [SignupState.OFFERED] * 3 + [SignupState.WAITING] * 2
    assert (block.granted, counted(opening)) == (0, (9, 0))


def test_what_was_held_back_is_free_again_when_the_class_waits_no_more(tx, frozen):
    _, opening, _ = make.published(capacity=6)
    come(opening)
    school = make.school()
    block = ask(opening, 6, school)
    assert counted(opening) == (1, 3)
    blocks.give_back(school[1], block.public_id, 0)
    assert (counted(opening), block.ended_as) == ((1, 5), BlockEnd.GIVEN_BACK)


def test_what_is_given_back_goes_to_who_waits(tx, frozen):
    _, opening, _ = make.published(capacity=4)
    school = make.school()
    block = ask(opening, 4, school)
    with later(frozen):
        _, waiting = come(opening, joins_queue=True)
        blocks.give_back(school[1], block.public_id, 2)
    assert (block.unnamed, block.size, state_of(tx, waiting), counted(opening)) == (2, 2, SignupState.OFFERED, (3, 1))
    with pytest.raises(RuleBroken):
        blocks.give_back(school[1], block.public_id, 3)


def test_places_without_a_name_are_freed_when_the_day_is_over(tx, frozen):
    _, opening, _ = make.published(capacity=2)
    block = ask(opening, 2, days=5)
    _, waiting = come(opening, joins_queue=True)
    with clock.frozen(block.names_until - timedelta(seconds=1)):
        assert blocks.end_due(opening.id) == 0
    with clock.frozen(block.names_until):
        assert blocks.end_due(opening.id) == 1 and blocks.end_due(opening.id) == 0
        assert (block.ended_as, block.unnamed, state_of(tx, waiting)) == (BlockEnd.RELEASED, 0, SignupState.OFFERED)
    assert list_wrong_counts() == []


def test_a_class_for_which_no_place_came_free_waits_no_longer_than_its_day(tx, frozen):
    _, opening, _ = make.published(capacity=2)
    come(opening)
    block = ask(opening, 2)
    with clock.frozen(block.names_until):
        blocks.end_due(opening.id)
    assert (block.ended_as, counted(opening)) == (BlockEnd.NO_PLACE, (1, 1))


def test_what_is_cancelled_holds_nothing_for_a_class(tx):
    activity, opening, coordinator = make.published(capacity=3)
    block = ask(opening, 3)
    cancelling.cancel_activity(coordinator, activity.public_id, "Guasto")
    tx.refresh(block)
    assert (block.ended_as, block.unnamed, counted(opening)[0]) == (BlockEnd.CANCELLED, 0, 0)
    assert list_wrong_counts() == []


def test_fewer_places_than_a_class_holds_are_refused_and_a_reserve_leaves_it_alone(tx):
    _, opening, coordinator = make.published(capacity=5)
    ask(opening, 3)
    with pytest.raises(RuleBroken):
        capacity.change_capacity(coordinator, opening.public_id, 0, 2)
    with pytest.raises(RuleBroken):
        reserving.keep_places(coordinator, opening.public_id, (3, False), clock.now() + timedelta(days=2))
    reserving.keep_places(coordinator, opening.public_id, (2, False), clock.now() + timedelta(days=2))
    assert counted(opening) == (3, 0)


def test_a_hold_that_ran_out_is_free_for_the_class_that_asks(tx, frozen):
    _, opening, _ = make.published(capacity=2)
    guardian = make.account()
    make.signed_up(opening, make.SIXTEEN, guardian_id=guardian.id)
    with clock.frozen(frozen + timedelta(days=4)):
        assert ask(opening, 2, days=3).granted == 2
    assert holds.end_holds(opening.id) == 0


def test_who_runs_the_activity_asks_for_a_school_and_a_teacher_only_for_the_own(tx):
    _, opening, coordinator = make.published(capacity=9)
    school, teacher = make.school()
    other, _ = make.school()
    assert blocks.ask(coordinator, opening.public_id, school.slug, wish(2)).teacher_id is None
    assert blocks.ask(teacher, opening.public_id, school.slug, wish(2, label="3C")).teacher_id == teacher.person_id
    with pytest.raises(NotAllowed):
        blocks.ask(teacher, opening.public_id, other.slug, wish(2, label="1A"))
    association, member = make.organisation()
    with pytest.raises(RuleBroken, match="school"):
        blocks.ask(member, opening.public_id, association.slug, wish(2, label="1A"))


def test_a_class_asks_only_where_places_for_minors_are_given_at_once(tx):
    for fields in ({"age_min": 18}, {"entry_mode": EntryMode.APPROVAL}, {"kind": ActivityKind.VOLUNTEERING}):
        _, opening, _ = make.published(capacity=9, **fields)
        with pytest.raises(RuleBroken):
            ask(opening, 2)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"size": 1}, "size"),
        ({"size": 61}, "size"),
        ({"size": 12}, "size"),
        ({"label": " "}, "label"),
        ({"days": -1}, "names_on"),
        ({"days": 11}, "names_on"),
    ],
)
def test_what_cannot_be_asked_for_is_said_beside_its_field(tx, values, field):
    _, opening, _ = make.published(capacity=9)
    with pytest.raises(RuleBroken) as told:
        ask(opening, **{"size": 2, **values})
    assert told.value.field == field


def test_only_who_teaches_the_class_or_writes_for_school_or_activity_gives_it_back(tx):
    _, opening, _ = make.published(capacity=9)
    school, teacher = make.school()
    block = ask(opening, 4, (school, teacher))
    colleague = make.account()
    make.member(school.id, colleague.id)
    stranger = make.school()[1]
    roles = {school.id: OrganisationRole.FACILITATOR}
    with pytest.raises(NotAllowed):
        blocks.give_back(make.actor_of(colleague, organisations=roles, has_second_factor=True), block.public_id, 1)
    with pytest.raises(NotFound):
        blocks.give_back(stranger, block.public_id, 1)
    blocks.give_back(teacher, block.public_id, 1)
    assert block.unnamed == 3


def test_who_runs_the_activity_frees_whatever_has_no_name_and_the_school_is_told(tx):
    _, opening, coordinator = make.published(capacity=9)
    block = ask(opening, 4)
    blocks.give_back(coordinator, block.public_id, 1)
    assert (block.unnamed, block.ended_as, counted(opening)) == (0, BlockEnd.GIVEN_BACK, (0, 9))
    assert tx.scalar(sa.select(OutboxEvent.payload).where(OutboxEvent.name == "BlockEnded")) == {"block_id": block.id, "freed": 4}
