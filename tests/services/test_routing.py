"""Who is told what, by age."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link
from civic.accounts.services import links
from civic.activities.models import Authorisation, Signup
from civic.activities.services import answering, authorising, cancelling, deciding
from civic.activities.services.authorising import Given
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import EntryMode
from civic.kernel.ids import new_public_id
from civic.notifications import preferences
from civic.notifications.models import Delivery, Notification
from civic.notifications.routing import recipients_for
from civic.notifications.types import Category
from civic.outbox import draining
from civic.outbox.models import OutboxEvent
from tests import factories as make


@pytest.fixture
def told(tx, monkeypatch):
    """React to what is in the outbox inside the open transaction; return {(kind, recipient id)} of what is new."""

    def react() -> set[tuple[str, int]]:
        seen = set(tx.execute(sa.select(Notification.kind, Notification.recipient_id)))
        waiting = tx.scalars(sa.select(OutboxEvent).where(OutboxEvent.done_at.is_(None)).order_by(OutboxEvent.id)).all()
        for row in waiting:
            draining._react(row)
            row.done_at = row.created_at
        tx.flush()
        now = set(tx.execute(sa.select(Notification.kind, Notification.recipient_id)))
        return now - seen

    return react


def id_of(tx, public_id: str) -> int:
    return tx.scalar(sa.select(Signup.id).where(Signup.public_id == public_id))


def enrolled_child(birth_on=make.THIRTEEN, **person):
    _, opening, coordinator = make.published(age_min=11, age_max=19)
    child = make.person(birth_on, **person)
    guardian = make.guardian_of(child)
    entry = Entry(opening.public_id, child.id, new_public_id(), authorisation=Given(guardian.person_id, "Autorizzo"))
    return child, guardian, sign_up(guardian, entry), coordinator


def test_an_adult_is_told_and_nobody_else(tx, told):
    _, opening, _ = make.published()
    person, _, _ = make.signed_up(opening)
    assert told() == {("signup_confirmed", person.id)}


@pytest.mark.parametrize("birth_on", [make.SIXTEEN, make.THIRTEEN])
def test_the_guardian_whose_answer_is_missing_hears_that_the_turn_passed(tx, told, birth_on):
    _, opening, _ = make.published(capacity=1)
    _, holder, first = make.signed_up(opening)
    guardian = make.person()
    young, _, _ = make.signed_up(opening, birth_on, joins_queue=True, guardian_id=guardian.id)
    told()
    answering.cancel_signup(holder, first)
    both = {guardian.id, young.id} if birth_on == make.SIXTEEN else {guardian.id}
    assert {recipient for kind, recipient in told() if kind == "turn_passed"} == both
    passed = sa.select(Notification.payload).where(Notification.kind == "turn_passed")
    assert "link_id" in tx.scalar(passed.where(Notification.recipient_id == guardian.id))


def test_of_a_child_under_14_only_the_guardian_is_told(tx, told):
    _, guardian, signup, _ = enrolled_child()
    assert told() == {("signup_confirmed", guardian.person_id)}
    assert recipients_for(id_of(tx, signup), "reminder") == [guardian.person_id]


def test_from_14_to_17_the_young_person_and_by_kind_the_guardian(tx, told):
    young, guardian, signup, _ = enrolled_child(make.SIXTEEN)
    both = {young.id, guardian.person_id}
    assert {recipient for _, recipient in told()} == both
    assert set(recipients_for(id_of(tx, signup), "activity_cancelled")) == both
    assert set(recipients_for(id_of(tx, signup), "reminder")) == both
    assert recipients_for(id_of(tx, signup), "authorisation_granted") == [young.id]


def test_where_a_young_person_has_no_address_the_guardian_is_told(tx):
    _, guardian, signup, _ = enrolled_child(make.SIXTEEN, email=None)
    assert recipients_for(id_of(tx, signup), "reminder") == [guardian.person_id]


def test_the_guardian_who_is_asked_gets_the_link_and_the_young_person_no_copy(tx, told):
    _, opening, _ = make.published()
    guardian = make.person()
    make.signed_up(opening, make.SIXTEEN, guardian_id=guardian.id)
    assert told() == {("authorisation_asked", guardian.id)}


def test_a_guardian_who_refused_hears_nothing_more(tx, told):
    _, opening, coordinator = make.published()
    guardian = make.person()
    young, _, _ = make.signed_up(opening, make.SIXTEEN, guardian_id=guardian.id)
    told()
    asked = tx.scalar(sa.select(Authorisation.id))
    link = tx.scalar(sa.select(Link.id).where(Link.subject_id == asked))
    authorising.answer_by_link(links.token_of(link), authorising.Answer(is_granted=False))
    assert told() == {("signup_declined", young.id), ("signup_refused", coordinator.person_id)}


def test_a_request_is_told_to_who_asked_and_to_the_coordinators(tx, told):
    _, opening, coordinator = make.published(entry_mode=EntryMode.APPROVAL)
    person, _, signup = make.signed_up(opening)
    assert told() == {("signup_requested", person.id), ("request_received", coordinator.person_id)}
    deciding.approve_signup(coordinator, signup)
    assert told() == {("signup_confirmed", person.id)}


def test_a_freed_place_is_offered_to_who_waits_and_confirmed_to_who_left(tx, told):
    _, opening, _ = make.published(capacity=1)
    first, actor, signup = make.signed_up(opening)
    second, _, _ = make.signed_up(opening, joins_queue=True)
    told()
    answering.cancel_signup(actor, signup)
    assert told() == {("offer_made", second.id), ("signup_cancelled", first.id)}


def test_a_cancelled_activity_is_told_to_everybody_who_was_in(tx, told):
    activity, opening, coordinator = make.published(capacity=1)
    first, _, _ = make.signed_up(opening)
    second, _, _ = make.signed_up(opening, joins_queue=True)
    told()
    cancelling.cancel_activity(coordinator, activity.public_id, "Piove")
    assert told() == {("activity_cancelled", first.id), ("activity_cancelled", second.id)}


def test_what_was_switched_off_has_no_mail_but_is_on_the_site(tx, told):
    _, opening, _ = make.published()
    person = make.account()
    preferences.switch_off(person.id, Category.SIGNUP)
    sign_up(make.actor_of(person), Entry(opening.public_id, person.id, new_public_id()))
    assert told() == {("signup_confirmed", person.id)}
    assert tx.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 0
