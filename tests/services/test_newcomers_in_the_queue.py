"""A newcomer who joins the waiting list clicks the mailed link before anything else happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link, Person
from civic.accounts.services import links
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities.models import Opening, Signup
from civic.activities.queries import due
from civic.activities.services import answering, cancelling, correcting, deciding, ending, erasing, holds
from civic.activities.services.confirming import confirm_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications.models import Notification
from civic.outbox.draining import Cause
from civic.outbox.models import OutboxEvent
from civic.subscriptions import REACTIONS
from tests import factories as make

_HAPPENED = {event.__name__: (event, reactions) for event, reactions in REACTIONS.items()}


def adult(email="nuova@example.org") -> Newcomer:
    return Newcomer(PersonDetails("Ada", "Neri", make.ADULT, email), "Ho letto")


def parent() -> Newcomer:
    guardian = PersonDetails("Maria", "Rossi", None, "maria@example.org")
    return Newcomer(PersonDetails("Leo", "Rossi", make.THIRTEEN), "Acconsento", guardian=guardian, authorisation_text="Autorizzo")


def join(opening, newcomer: Newcomer) -> str:
    return sign_up_newcomer(opening.public_id, newcomer, new_public_id(), joins_queue=True)


def click(tx) -> None:
    newest = sa.select(sa.func.max(Link.id)).where(Link.purpose == LinkPurpose.CONFIRM_SIGNUP)
    confirm_address(links.token_of(tx.scalar(newest)))


def signup_of(tx, public_id: str) -> Signup:
    return tx.scalar(sa.select(Signup).where(Signup.public_id == public_id).execution_options(populate_existing=True))


def end_what_is_due() -> int:
    """Do what the sweep does about time that has run out; return how much ended."""
    now = clock.now()
    held, unanswered = due.list_openings_with_ended_holds(now, 9), due.list_openings_with_unanswered_waits(now, 9)
    return sum(map(holds.end_holds, held)) + sum(map(ending.end_unanswered_waits, unanswered))


def told(tx, public_id: str) -> list[str]:
    """Let everything that happened be told, and return what was written about the signup."""
    for event in tx.scalars(sa.select(OutboxEvent).where(OutboxEvent.done_at.is_(None)).order_by(OutboxEvent.id)):
        kind, reactions = _HAPPENED[event.name]
        for reaction in reactions:
            reaction(kind(**event.payload), Cause(event.id, event.created_at))
        event.done_at = clock.now()
    about = sa.select(Notification.kind).where(Notification.subject_id == signup_of(tx, public_id).id)
    return list(tx.scalars(about.where(Notification.subject_type == "signup").order_by(Notification.id)))


@pytest.fixture
def queue(tx):
    """One place, taken; return the activity, its opening, who holds the place (actor, signup), and the coordinator."""
    activity, opening, coordinator = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    return activity, opening, holder, first, coordinator


def test_no_other_guardian_is_asked_before_the_click(tx, queue):
    _, opening, *_ = queue
    signup = signup_of(tx, join(opening, parent()))
    with pytest.raises(RuleBroken):
        correcting.correct_guardian(Actor(person_id=signup.person_id), signup.public_id, "estraneo@example.org")


@pytest.mark.parametrize("newcomer", [adult, parent])
def test_no_place_is_offered_before_the_click_and_it_is_offered_with_it(tx, queue, newcomer):
    _, opening, holder, first, _ = queue
    public_id = join(opening, newcomer())
    answering.cancel_signup(holder, first)
    assert signup_of(tx, public_id).state is SignupState.WAITING
    assert tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id)) == 0
    click(tx)
    assert signup_of(tx, public_id).state is SignupState.OFFERED


def test_a_place_goes_past_who_has_not_clicked_to_the_next_in_line(tx, queue):
    _, opening, holder, first, _ = queue
    join(opening, adult())
    _, _, second = make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    assert signup_of(tx, second).state is SignupState.OFFERED


def test_nothing_but_the_link_is_sent_before_the_click(tx, queue):
    _, opening, _, _, coordinator = queue
    public_id = join(opening, adult())
    assert told(tx, public_id) == ["address_confirmation"]
    deciding.remove_signup(coordinator, public_id, "Doppione")
    assert told(tx, public_id) == ["address_confirmation"]


def test_with_the_click_they_hear_that_they_wait(tx, queue):
    _, opening, *_ = queue
    public_id = join(opening, adult())
    click(tx)
    assert told(tx, public_id) == ["address_confirmation", "signup_waiting"]
    assert signup_of(tx, public_id).hold_until is None


def test_who_has_not_clicked_hears_nothing_of_a_cancelled_activity(tx, queue):
    activity, opening, _, _, coordinator = queue
    public_id = join(opening, adult())
    cancelling.cancel_activity(coordinator, activity.public_id, "Maltempo")
    assert told(tx, public_id) == ["address_confirmation"]


def test_who_has_not_clicked_hears_nothing_of_what_has_begun(tx, queue):
    _, opening, *_ = queue
    with clock.frozen(clock.now() + timedelta(days=13)):
        public_id = join(opening, adult())
    with clock.frozen(clock.now() + timedelta(days=14)):
        ending.end_at_start(opening.id)
        assert told(tx, public_id) == ["address_confirmation"]
    assert signup_of(tx, public_id).state is SignupState.EXPIRED


@pytest.mark.parametrize("newcomer", [adult, parent])
def test_after_three_days_without_a_click_the_waiting_ends_in_silence(tx, queue, newcomer):
    _, opening, *_ = queue
    public_id = join(opening, newcomer())
    with clock.frozen(clock.now() + timedelta(hours=71)):
        assert end_what_is_due() == 0
    with clock.frozen(clock.now() + timedelta(hours=72)):
        assert (end_what_is_due(), end_what_is_due()) == (1, 0)
        assert told(tx, public_id) == ["address_confirmation"]
    assert signup_of(tx, public_id).state is SignupState.EXPIRED
    assert tx.scalar(sa.select(Opening.taken).where(Opening.id == opening.id)) == 1


def test_near_the_start_a_guardians_question_does_not_end_before_the_link(tx):
    _, opening, _ = make.published(capacity=1, starts_in=timedelta(hours=60))
    make.signed_up(opening)
    public_id = join(opening, parent())
    with clock.frozen(clock.now() + timedelta(hours=50)):
        assert end_what_is_due() == 0
        click(tx)
    assert signup_of(tx, public_id).state is SignupState.WAITING


def test_the_data_of_who_never_clicked_are_erased(tx, queue):
    _, opening, *_ = queue
    public_id = join(opening, adult())
    with clock.frozen(clock.now() + timedelta(hours=72)):
        end_what_is_due()
    with clock.frozen(clock.now() + timedelta(hours=85)):
        erasing.erase_not_agreed()
    assert tx.get(Person, signup_of(tx, public_id).person_id, populate_existing=True).email is None


def test_who_comes_again_gets_the_link_again(tx, queue):
    _, opening, *_ = queue
    public_id = join(opening, adult())
    assert join(opening, adult()) == public_id
    assert told(tx, public_id) == ["address_confirmation"] * 2


def test_waiting_in_one_list_keeps_nobody_from_another(tx, queue):
    _, opening, *_ = queue
    _, other, _ = make.published()
    assert join(opening, adult()) != join(other, adult())


def test_nobody_takes_a_late_place_before_the_click(tx, queue):
    _, opening, holder, first, _ = queue
    public_id = join(opening, adult())
    answering.cancel_signup(holder, first)
    signup = signup_of(tx, public_id)
    with pytest.raises(RuleBroken, match="confirm your address"):
        answering.take_free_place(make.actor_of(tx.get(Person, signup.person_id)), public_id)
