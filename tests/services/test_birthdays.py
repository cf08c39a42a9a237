"""At 14 and at 18: who is told what changes, once, and who no longer is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Guardianship, Person
from civic.accounts.services import people
from civic.kernel import clock
from civic.notifications import birthdays, facts, inbox, person_facts
from civic.notifications.catalogue import MESSAGES
from civic.notifications.models import Notification
from tests import factories as make

NOON = clock.rome_midnight(date(2026, 11, 25)) + timedelta(hours=12)
FOURTEEN_TODAY = date(2012, 11, 25)
EIGHTEEN_TODAY = date(2008, 11, 25)


def told(tx) -> set[tuple[str, int]]:
    return {(row.kind, row.recipient_id) for row in tx.execute(sa.select(Notification.kind, Notification.recipient_id))}


def family(birth_on: date):
    child = make.person(birth_on)
    parent = make.guardian_of(child)
    people.give_consent(child.id, parent.person_id, "informativa")
    return child, parent.person_id


@pytest.mark.parametrize(
    ("birth_on", "kind"),
    [
        (FOURTEEN_TODAY, "turned_fourteen"),
        (FOURTEEN_TODAY - timedelta(days=6), "turned_fourteen"),
        (FOURTEEN_TODAY + timedelta(days=1), None),
        (FOURTEEN_TODAY - timedelta(days=7), None),
    ],
)
def test_at_fourteen_both_are_told_on_the_day_or_within_a_week(tx, birth_on, kind):
    child, parent = family(birth_on)
    with clock.frozen(NOON):
        birthdays.tell_of_birthdays()
        birthdays.tell_of_birthdays()
    assert told(tx) == ({(kind, child.id), (kind, parent)} if kind else set())


def test_at_eighteen_the_new_adult_alone_is_told_and_reads_what_was_agreed(tx):
    child, parent = family(EIGHTEEN_TODAY)
    with clock.frozen(NOON):
        birthdays.tell_of_birthdays()
        assert told(tx) == {("turned_eighteen", child.id)}
        person = person_facts.about_persons({child.id})[child.id]
        for recipient, due in ((child.id, True), (parent, False)):
            known = facts.Facts(facts.Recipient(recipient, "x", "", "it", "a@example.org", False), {}, NOON, NOON, person=person)
            message = MESSAGES["turned_eighteen"](known)
            assert message.is_due() is due
        assert len(person.consents) == 1


def test_who_was_born_on_29_february_turns_on_the_first_of_march(tx):
    child, _ = family(date(2012, 2, 29))
    for day, count in ((date(2026, 2, 28), 0), (date(2026, 3, 1), 1)):
        with clock.frozen(clock.rome_midnight(day) + timedelta(hours=12)):
            birthdays.tell_of_birthdays()
        assert len([one for one in told(tx) if one[1] == child.id]) == count


def test_for_whom_nobody_ever_answered_nothing_changes(tx):
    make.account(EIGHTEEN_TODAY)
    make.account(FOURTEEN_TODAY)
    with clock.frozen(NOON):
        birthdays.tell_of_birthdays()
    assert told(tx) == set()


def test_who_no_longer_answers_finds_nothing_of_it_on_the_site(tx):
    _, parent = family(FOURTEEN_TODAY)
    actor = make.actor_of(tx.get(Person, parent))
    with clock.frozen(NOON + timedelta(hours=1)):
        birthdays.tell_of_birthdays()
        assert inbox.list_messages(actor, "it", 1)[1] == 1
        tx.execute(sa.update(Guardianship).values(ended_at=clock.now()))
        assert inbox.list_messages(actor, "it", 1)[1] == 0
