"""Brothers and sisters: places for all or for none, a line in which they stand as one, one answer for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.models import Opening, Signup
from civic.activities.queries import facts
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services import answering, capacity, deciding, erasing, holds
from civic.activities.services.authorising import Given
from civic.activities.services.signing_together import Together, sign_up_together
from civic.activities.siblings import HOLDS_BACK_UNTIL, Sibling
from civic.activities.types import EntryMode, SignupState
from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.db import transaction, writing
from civic.kernel.errors import NotAllowed, RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications.inbox import list_messages
from civic.notifications.models import Delivery, Notification
from civic.outbox import draining
from tests import factories as make
from tests.services.test_classes import come, later, state_of
from tests.services.test_waiting_list import events

WAITING, OFFERED, CONFIRMED, CANCELLED = (
    SignupState.WAITING,
    SignupState.OFFERED,
    SignupState.CONFIRMED,
    SignupState.CANCELLED,
)


def family(*ages) -> tuple[Actor, list]:
    children = [make.person(born) for born in ages or (make.THIRTEEN, make.SIXTEEN)]
    return make.guardian_of(*children), children


def ask(opening, parent: Actor, children, *, all_or_none: bool = True, key: str | None = None) -> list[str]:
    given = Given(parent.person_id, "Autorizzo")
    ids = [child.id for child in children]
    return sign_up_together(parent, Together(opening.public_id, ids, key or new_public_id(), all_or_none, given))


def states(tx, signups) -> list[SignupState]:
    return [state_of(tx, one) for one in signups]


def test_where_there_is_a_place_for_each_both_have_one_at_once(tx):
    _, opening, _ = make.published(capacity=2)
    parent, children = family()
    signups = ask(opening, parent, children)
    assert states(tx, signups) == [CONFIRMED, CONFIRMED]
    assert tx.scalar(sa.select(sa.func.count()).select_from(Sibling)) == 0
    assert list_wrong_counts() == []


def test_where_there_is_one_place_neither_has_it_and_it_stays_for_others(tx):
    _, opening, _ = make.published(capacity=1)
    parent, children = family()
    assert states(tx, ask(opening, parent, children)) == [WAITING, WAITING]
    _, other = come(opening)
    assert state_of(tx, other) is CONFIRMED


def test_each_as_there_are_places_gives_one_the_place_and_lets_the_other_wait_alone(tx):
    _, opening, _ = make.published(capacity=1)
    parent, children = family()
    assert states(tx, ask(opening, parent, children, all_or_none=False)) == [CONFIRMED, WAITING]
    assert tx.scalar(sa.select(sa.func.count()).select_from(Sibling)) == 0


def waiting_family(tx, places: int = 2):
    """Fill an opening, let a family of two wait; return opening, the others, the parent, the signups, and when."""
    _, opening, _ = make.published(capacity=places)
    others = [come(opening) for _ in range(places)]
    parent, children = family()
    return opening, others, parent, ask(opening, parent, children), clock.now()


def test_they_are_offered_places_for_both_and_never_for_one(tx):
    opening, others, parent, signups, now = waiting_family(tx)
    with later(now):
        answering.cancel_signup(*others[0])
        assert states(tx, signups) == [WAITING, WAITING]
        answering.cancel_signup(*others[1])
        assert states(tx, signups) == [OFFERED, OFFERED]
        assert events(tx).count("OffersMade") == 1 and "OfferMade" not in events(tx)
        answering.accept_offer(parent, signups[1])
    assert states(tx, signups) == [CONFIRMED, CONFIRMED]
    assert facts.get_opening(opening.id).taken == 2


def test_not_now_counts_for_both_and_the_places_go_on(tx):
    opening, others, parent, signups, now = waiting_family(tx)
    with later(now):
        for one in others:
            answering.cancel_signup(*one)
        behind = [come(opening, joins_queue=True)[1] for _ in range(2)]
        assert states(tx, [*signups, *behind]) == [OFFERED, OFFERED, WAITING, WAITING]
        answering.keep_waiting(parent, signups[0])
    assert states(tx, [*signups, *behind]) == [WAITING, WAITING, OFFERED, OFFERED]


def test_offers_that_run_out_end_for_both_and_are_never_made_again_to_one(tx):
    opening, others, _, signups, now = waiting_family(tx)
    with later(now):
        for one in others:
            answering.cancel_signup(*one)
        behind = come(opening, joins_queue=True)[1]
    until = tx.scalar(sa.select(Signup.hold_until).where(Signup.public_id == signups[0]))
    with clock.frozen(until + timedelta(minutes=1)):
        assert holds.end_holds(opening.id) == 2
    assert states(tx, [*signups, behind]) == [WAITING, WAITING, OFFERED]
    assert facts.get_opening(opening.id).taken == 1 and list_wrong_counts() == []


def test_smaller_requests_go_past_them_three_times_and_then_they_are_first(tx):
    opening, others, _, signups, now = waiting_family(tx, places=5)
    behind = []
    for turn in range(4):
        with later(now, turn + 1):
            behind.append(come(opening, joins_queue=True))
    for turn, one in enumerate(others[:3]):
        with later(now, 10 + turn):
            answering.cancel_signup(*one)
    assert states(tx, [one for _, one in behind]) == [OFFERED, OFFERED, OFFERED, WAITING]
    with later(now, 20):
        answering.cancel_signup(*others[3])
        kept = tx.scalar(sa.select(Opening.held_back).where(Opening.id == opening.id))
        assert kept == 1 and state_of(tx, behind[3][1]) is WAITING
        answering.cancel_signup(*others[4])
    assert states(tx, signups) == [OFFERED, OFFERED]
    assert tx.scalar(sa.select(Opening.held_back).where(Opening.id == opening.id)) == 0


def test_who_leaves_the_line_lets_the_other_wait_alone_and_have_the_free_place(tx):
    _, others, parent, signups, now = waiting_family(tx)
    with later(now):
        answering.cancel_signup(*others[0])
        answering.cancel_signup(parent, signups[0])
    assert states(tx, signups) == [CANCELLED, OFFERED]


def test_once_they_have_places_each_stands_alone(tx):
    _, others, parent, signups, now = waiting_family(tx)
    with later(now):
        for one in others:
            answering.cancel_signup(*one)
        answering.accept_offer(parent, signups[0])
        answering.cancel_signup(parent, signups[0])
    assert states(tx, signups) == [CANCELLED, CONFIRMED]
    assert tx.scalar(sa.select(sa.func.count()).select_from(Sibling)) == 0


def test_a_young_person_alone_does_not_answer_for_the_others(tx):
    _, others, _, signups, now = waiting_family(tx)
    with later(now):
        for one in others:
            answering.cancel_signup(*one)
        young = tx.scalar(sa.select(Signup.person_id).where(Signup.public_id == signups[1]))
        with pytest.raises(RuleBroken, match="together with a brother or sister"):
            answering.accept_offer(Actor(person_id=young), signups[1])
    assert states(tx, signups) == [OFFERED, OFFERED]


def test_one_who_may_not_come_is_named_and_nobody_is_in(tx):
    _, opening, _ = make.published(capacity=5, age_min=14)
    parent, children = family()
    with pytest.raises(RuleBroken) as refused:
        ask(opening, parent, children)
    assert refused.value.field == "children" and refused.value.values["name"] == children[0].given_name


def test_the_same_key_gives_the_same_signups(tx):
    _, opening, _ = make.published(capacity=1)
    parent, children = family()
    first = ask(opening, parent, children, key="once")
    assert ask(opening, parent, children, key="once") == first
    assert tx.scalar(sa.select(sa.func.count()).select_from(Sibling)) == 2


def test_nobody_signs_up_the_children_of_others_or_one_or_five(tx):
    _, opening, _ = make.published(capacity=9)
    parent, children = family()
    with pytest.raises(NotAllowed):
        ask(opening, family()[0], children)
    for some in (children[:1], [children[0]] * 2):
        with pytest.raises(RuleBroken, match="Choose from"):
            ask(opening, parent, some)


def test_where_the_organisation_says_yes_or_places_are_drawn_each_is_signed_up_alone(tx):
    _, opening, _ = make.published(capacity=9, entry_mode=EntryMode.APPROVAL)
    with pytest.raises(RuleBroken, match="signed up alone"):
        ask(opening, *family())


def test_more_places_serve_them(tx):
    _, opening, coordinator = make.published(capacity=1)
    come(opening)
    parent, children = family()
    signups = ask(opening, parent, children)
    with later(clock.now()):
        capacity.change_capacity(coordinator, opening.public_id, 0, 3)
    assert states(tx, signups) == [OFFERED, OFFERED]


def test_near_the_start_nothing_is_held_back_for_them(connection):
    with transaction():
        _, opening, _ = make.published(capacity=2)
        writing().execute(sa.update(Opening).where(Opening.id == opening.id).values(held_back=1))
    assert sweep.open_near_start() == 0
    with clock.frozen(clock.now() + timedelta(days=11, minutes=1)):
        assert sweep.open_near_start() == 1
    assert connection.scalar(sa.select(Opening.held_back).where(Opening.id == opening.id)) == 0


def test_the_parent_reads_of_both_in_one_mail(connection):
    with transaction():
        _, opening, _ = make.published(capacity=2)
        others = [come(opening) for _ in range(2)]
        parent, children = family(make.THIRTEEN, make.THIRTEEN)
        ask(opening, parent, children)
    sweep.empty_outbox()
    with later(clock.now()):
        with transaction():
            for one in others:
                answering.cancel_signup(*one)
        sweep.empty_outbox()
    is_mailed = sa.exists().where(Delivery.notification_id == Notification.id)
    offered = sa.select(sa.func.count()).select_from(Notification).where(Notification.kind == "offer_made", is_mailed)
    assert connection.scalar(offered) == 1


def test_one_removed_by_the_organisation_lets_the_other_have_the_free_place(tx):
    opening, others, _, signups, now = waiting_family(tx)
    with later(now):
        answering.cancel_signup(*others[0])
        organisation_id = facts.get_opening(opening.id).organisation_id
        roles = {organisation_id: OrganisationRole.OWNER}
        boss = make.actor_of(make.account(), organisations=roles, has_second_factor=True)
        deciding.remove_signup(boss, signups[0], "Sbaglio")
    assert states(tx, signups) == [CANCELLED, OFFERED]


def test_who_turns_eighteen_while_waiting_stands_alone_and_so_does_the_other(tx):
    _, opening, _ = make.published(capacity=2)
    others = [come(opening) for _ in range(2)]
    elder_born = make.NOW.date().replace(year=make.NOW.year - 18) + timedelta(days=2)
    parent, children = family(make.THIRTEEN, elder_born)
    signups = ask(opening, parent, children)
    with clock.frozen(make.NOW + timedelta(days=3)):
        for one in others:
            answering.cancel_signup(*one)
        answering.accept_offer(replace(parent, wards=frozenset({children[0].id})), signups[0])
        answering.accept_offer(Actor(person_id=children[1].id), signups[1])
    assert states(tx, signups) == [CONFIRMED, CONFIRMED]


def test_the_tie_goes_when_nobody_waits_any_more(tx):
    _, _, parent, signups, now = waiting_family(tx)
    with later(now):
        for one in signups:
            answering.cancel_signup(parent, one)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Sibling)) == 0


def test_the_other_parent_of_one_of_them_reads_of_that_one_and_no_name_of_the_other(connection):
    with transaction():
        _, opening, _ = make.published(capacity=2)
        others = [come(opening) for _ in range(2)]
        parent, children = family(make.THIRTEEN, make.THIRTEEN)
        alone = [make.guardian_of(child) for child in children]
        ask(opening, parent, children)
    with later(clock.now()):
        with transaction():
            for one in others:
                answering.cancel_signup(*one)
        draining.drain()
        for child, other, reader in zip(children, reversed(children), alone, strict=True):
            told = [one for one in list_messages(reader, "it", 1)[0] if "liberato" in one.subject]
            assert len(told) == 1 and child.given_name in told[0].letter.heading
            assert other.given_name not in str(told[0].letter)
        (both,) = [one for one in list_messages(parent, "it", 1)[0] if "liberato" in one.subject]
        assert all(child.given_name in both.letter.heading for child in children)


def test_near_the_start_as_many_go_past_them_as_come(tx):
    opening, others, _, signups, _ = waiting_family(tx, places=5)
    behind = [come(opening, joins_queue=True)[1] for _ in range(4)]
    starts_at = facts.get_opening(opening.id).starts_at
    with clock.frozen(starts_at - HOLDS_BACK_UNTIL + timedelta(minutes=1)):
        for one in others[:4]:
            answering.cancel_signup(*one)
    assert states(tx, [*signups, *behind]) == [WAITING, WAITING, *[OFFERED] * 4]


def test_who_is_erased_is_tied_to_nobody(tx):
    _, _, _, signups, _ = waiting_family(tx)
    person_id = tx.scalar(sa.select(Signup.person_id).where(Signup.public_id == signups[0]))
    erasing._execute(erasing._ERASE, [person_id], clock.now())
    assert tx.scalar(sa.select(sa.func.count()).select_from(Sibling)) == 0
