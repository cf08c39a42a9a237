"""Who answers for an organisation is told in time that a certificate ends, and at once that somebody who conducts has left."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa

from civic.activities.models import ActivityFacilitator
from civic.activities.services import cancelling
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session
from civic.notifications import facts, inbox
from civic.notifications.adult_facts import about_adults
from civic.notifications.catalogue import MESSAGES
from civic.notifications.declarations import tell_of_ending_declarations
from civic.notifications.models import Delivery, Notification
from civic.notifications.reactions.organisations import tell_coordinators_of_facilitator_gone
from civic.organisations.events import MemberLeft
from civic.organisations.services import members
from civic.outbox.draining import Cause
from civic.safeguarding.types import Outcome
from tests import factories as make

UNTIL = make.NOW.date() + timedelta(days=60)


@pytest.fixture
def house(tx):
    """A workshop for minors in fourteen weeks, with a coordinator, and Anna whose certificate ends in sixty days."""
    row, coordinator = make.organisation()
    anna = make.member(row.id, make.account(name="Anna").id)
    activity, _, _ = make.published(by=(row, coordinator), starts_in=timedelta(weeks=14))
    conduct(activity, anna)
    declared = make.declared(anna, days=60)
    return row, coordinator, anna, activity, declared


def conduct(activity, membership) -> None:
    session().add(ActivityFacilitator(activity_id=activity.id, membership_id=membership.id, added_at=clock.now()))
    session().flush()


def before(days: int):
    """So many days before the last one of Anna's certificate, in the morning."""
    day = UNTIL - timedelta(days=days)
    return clock.frozen(datetime.combine(day, time(10), tzinfo=clock.ROME))


def told(tx) -> list[tuple]:
    statement = sa.select(Notification.kind, Notification.recipient_id, Notification.subject_id).order_by(Notification.id)
    return [tuple(row) for row in tx.execute(statement)]


def message(tx, recipient_id: int | None = None):
    """Return the last message as it would be sent now."""
    row = tx.scalar(sa.select(Notification).order_by(Notification.id.desc()).limit(1))
    person = facts.Recipient(recipient_id or row.recipient_id, "x", "Irene", "it", "irene@example.org", True)
    ids = {name: {row.subject_id} if row.subject_type == name else set() for name in ("activity", "declaration")}
    known = about_adults(*ids.values())[row.subject_type, row.subject_id]
    return MESSAGES[row.kind](facts.Facts(person, row.payload, clock.now(), clock.now(), adults=known))


def test_thirty_days_and_seven_days_before_there_is_one_message_each(tx, house):
    _, coordinator, _, _, declared = house
    counts = []
    for days in (31, 30, 29, 8, 7, 1, 0):
        with before(days):
            counts.append((tell_of_ending_declarations(), tell_of_ending_declarations()))
    assert counts == [(0, 0), (1, 0), (0, 0), (0, 0), (1, 0), (0, 0), (0, 0)]
    assert told(tx) == [("declaration_ends", coordinator.person_id, declared.id)] * 2
    with before(-1):
        assert tell_of_ending_declarations() == 0


def test_who_declares_a_certificate_with_few_days_left_is_told_once(tx, house):
    with before(5):
        assert (tell_of_ending_declarations(), tell_of_ending_declarations()) == (1, 0)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 1


def test_nobody_is_told_where_it_is_declared_anew_or_nobody_of_minors_is_conducted(tx, house):
    row, coordinator, anna, activity, _ = house
    with before(20):
        declared = make.declared(anna, Outcome.NOT_CLEAR, 90)
        assert tell_of_ending_declarations() == 0
        make.declared(anna, days=20)
        assert declared.id and tell_of_ending_declarations() == 1
    with before(5):
        cancelling.cancel_activity(coordinator, activity.public_id, "Manca la sala")
        assert tell_of_ending_declarations() == 0
    adults, _, _ = make.published(by=(row, coordinator), starts_in=timedelta(weeks=14), age_min=18)
    conduct(adults, anna)
    with before(4):
        assert tell_of_ending_declarations() == 0


def test_what_is_not_so_any_more_is_not_sent(tx, house):
    _row, _coordinator, anna, _, _ = house
    with before(20):
        tell_of_ending_declarations()
        assert message(tx).is_due() and message(tx).is_theirs
        assert not message(tx, anna.person_id).is_theirs
        make.declared(anna, days=90)
        assert not message(tx).is_due()


def test_the_letter_names_who_and_the_subject_does_not(tx, house):
    with before(20):
        tell_of_ending_declarations()
        one = message(tx)
        assert "Anna" in one.letter().paragraphs[0] and "Anna" not in one.subject()
        assert one.letter().button.url.endswith("/certificato")


def test_who_coordinates_no_more_does_not_find_it_among_the_messages_either(tx, house):
    row, coordinator, _, _, _ = house
    owner = make.account()
    make.member(row.id, owner.id, OrganisationRole.OWNER)
    with before(20):
        tell_of_ending_declarations()
        subjects = [one.subject for one in inbox.list_messages(coordinator, "it", 1)[0]]
        assert len(subjects) == 1 and "certificato" in subjects[0]
        members.leave(coordinator, row.id)
        assert inbox.list_messages(coordinator, "it", 1)[0] == ()


def leaves(house, membership) -> None:
    row = house[0]
    actor = make.actor_of(session().get(make.Person, membership.person_id), organisations={row.id: membership.role})
    members.leave(actor, row.id)
    tell_coordinators_of_facilitator_gone(MemberLeft(membership.id), Cause(1, clock.now()))


def test_coordinators_are_told_what_is_missing_when_somebody_who_conducts_leaves(tx, house):
    _row, coordinator, anna, activity, _ = house
    own = tx.scalar(sa.select(make.Membership).where(make.Membership.person_id == coordinator.person_id))
    leaves(house, anna)
    assert told(tx) == [("facilitator_left", coordinator.person_id, activity.id)]
    # The coordinator conducts it as well: nothing is missing, so nothing is sent.
    assert not message(tx).is_due()
    make.declared(own, Outcome.NOT_CLEAR)
    assert message(tx).is_due()
    (said,) = message(tx).letter().lines
    assert "non può condurre" in said


def test_nobody_is_told_of_who_conducts_nothing_for_minors_to_come(tx, house):
    row, coordinator, anna, activity, _ = house
    ugo = make.member(row.id, make.account().id)
    adults, _, _ = make.published(by=(row, coordinator), age_min=18)
    conduct(adults, ugo)
    leaves(house, ugo)
    cancelling.cancel_activity(coordinator, activity.public_id, "Manca la sala")
    leaves(house, anna)
    assert [kind for kind, _, _ in told(tx) if kind == "facilitator_left"] == []
