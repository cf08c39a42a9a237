"""At 14 and at 18: who is told what changes, once, and who no longer is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Guardianship, Person
from civic.accounts.services import people
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import Relationship
from civic.activities.services import own_consent
from civic.activities.services.authorising import Given
from civic.activities.services.signing_up import Entry, sign_up
from civic.kernel import clock
from civic.kernel.i18n import use_language
from civic.kernel.ids import new_public_id
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


@pytest.mark.parametrize(("birth_on", "kind"), [(FOURTEEN_TODAY, "turned_fourteen"), (EIGHTEEN_TODAY, "turned_eighteen")])
def test_without_an_account_the_mail_leads_to_the_consents_by_a_link_of_their_own(tx, birth_on, kind):
    child, _parent = family(birth_on)
    with clock.frozen(NOON), use_language("it"):
        person = person_facts.about_persons({child.id})[child.id]
        recipient = facts.Recipient(child.id, child.public_id, "", "it", child.email, False)
        letter = MESSAGES[kind](facts.Facts(recipient, {}, NOON, NOON, person=person)).letter()
        path = letter.button.url.partition("/consensi/")[2]
        assert own_consent.actor_of_token(path).person_id == child.id


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


def added_by(parent, birth_on: date = EIGHTEEN_TODAY):
    """Let the parent add a child as the personal area does, a year before; return the child."""
    with clock.frozen(NOON - timedelta(days=365)):
        return people.add_child(parent, PersonDetails("Luca", "Zqrossi", birth_on), Relationship.PARENT, "informativa")


def letters(tx) -> dict[int, tuple[str, str]]:
    """Turn eighteen; return the subject and all the words of each mail that leaves, by recipient."""
    with clock.frozen(NOON), use_language("en"):
        birthdays.tell_of_birthdays()
        rows = tx.execute(
            sa.text("""
                SELECT n.id AS notification_id, n.kind, n.subject_type, n.subject_id, n.payload, n.created_at, n.recipient_id,
                       p.public_id AS person_public_id, p.given_name, p.language, p.email, true AS has_account
                  FROM notification n JOIN delivery d ON d.notification_id = n.id JOIN person p ON p.id = n.recipient_id""")
        ).all()
        known = facts.load(rows)
        found = {row.recipient_id: MESSAGES[row.kind](known[row.notification_id]) for row in rows}
        assert all(message.is_due() and message.is_theirs for message in found.values())
        return {id_: (message.subject(), repr(message.letter())) for id_, message in found.items()}


def test_at_eighteen_who_answered_last_hears_for_a_new_adult_of_whom_there_is_no_address(tx):
    first, last = make.guardian_of(), make.guardian_of()
    child = added_by(first)
    people.ensure_guardianship(last.person_id, child.id)
    people.give_consent(child.id, last.person_id, "informativa")
    told_of = letters(tx)
    assert set(told_of) == {last.person_id}
    subject, words = told_of[last.person_id]
    assert subject == "What changes at 18" and "Luca is 18" in words
    assert "Zqrossi" not in words and "Use of your data" not in words
    with clock.frozen(NOON):
        assert birthdays.tell_of_birthdays() == 0


def test_at_eighteen_nobody_else_hears_where_there_is_an_address_or_an_account(tx):
    parent = make.guardian_of()
    child = added_by(parent)
    tx.execute(sa.update(Person).where(Person.id == child.id).values(email="luca@example.org"))
    assert set(letters(tx)) == {child.id}


def test_nothing_is_said_to_have_been_agreed_to_where_nothing_still_counts(tx):
    child = make.account(EIGHTEEN_TODAY)
    make.guardian_of(child)
    ((_, words),) = letters(tx).values()
    assert "was agreed to for you" not in words


def test_at_eighteen_one_reads_what_was_authorised_of_activities_that_are_not_over(tx):
    child = make.person(EIGHTEEN_TODAY)
    parent = make.guardian_of(child)
    with clock.frozen(NOON - timedelta(days=60)):
        for title, days, meetings in (("Finito", 10, 1), ("Ancora", 20, 9)):
            opening = make.published(title=title, starts_in=timedelta(days=days), meetings=meetings)[1]
            given = Given(parent.person_id, "Autorizzo")
            sign_up(parent, Entry(opening.public_id, child.id, new_public_id(), authorisation=given))
    _, words = letters(tx)[child.id]
    assert "Ancora" in words and "Finito" not in words
