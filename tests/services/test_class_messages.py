"""Who teaches hears that places are held, that names are missing, and that nothing is held any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.events import BlockEnded, BlockGranted
from civic.activities.services import blocks, naming
from civic.activities.services.naming import Pupil
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.notifications.class_facts import about_classes
from civic.notifications.class_warnings import tell_of_missing_names
from civic.notifications.facts import Facts, Recipient
from civic.notifications.messages.classes import ClassNamesMissing
from civic.notifications.models import Notification
from civic.notifications.reactions import classes
from civic.organisations.models import Membership
from civic.outbox.draining import Cause
from tests import factories as make


@pytest.fixture
def held(tx):
    """Two places for a class whose names are awaited for nine days: the block and its teacher."""
    _, opening, _ = make.published(capacity=5)
    school, teacher = make.school()
    wish = blocks.Wish("2B", 2, True, clock.today() + timedelta(days=9))
    return blocks.ask(teacher, opening.public_id, school.slug, wish), teacher


def told(tx, kind: str) -> list[int]:
    return list(tx.scalars(sa.select(Notification.recipient_id).where(Notification.kind == kind)))


def warned_at(block, **before) -> int:
    with clock.frozen(block.names_until - timedelta(**before)):
        return tell_of_missing_names()


def test_names_that_are_missing_are_asked_for_seven_and_two_days_before_once_each(tx, held):
    block, teacher = held
    assert [warned_at(block, days=7, minutes=1), warned_at(block, days=6, hours=14), warned_at(block, days=6)] == [0, 1, 0]
    assert [warned_at(block, days=2, minutes=1), warned_at(block, days=1, hours=14), warned_at(block, days=1)] == [0, 1, 0]
    assert told(tx, "class_names_missing") == [teacher.person_id] * 2


def test_where_every_place_has_a_name_or_the_time_is_over_nobody_is_warned(tx, held):
    block, teacher = held
    assert warned_at(block, seconds=-1) == 0
    naming.name_pupils(teacher, block.public_id, [Pupil(name, "", make.THIRTEEN, None) for name in ("Ida", "Leo")])
    assert warned_at(block, days=1) == 0


def test_who_asks_with_few_days_left_is_not_warned_of_seven(tx):
    _, opening, _ = make.published(capacity=5)
    school, teacher = make.school()
    block = blocks.ask(teacher, opening.public_id, school.slug, blocks.Wish("2B", 2, True, clock.today() + timedelta(days=4)))
    assert (warned_at(block, days=4), warned_at(block, days=1, hours=12)) == (0, 1)


def test_a_teacher_who_left_is_followed_by_who_writes_for_the_school(tx, held):
    block, teacher = held
    coordinators = set(
        tx.scalars(
            sa.select(Membership.person_id).where(
                Membership.organisation_id == block.organisation_id, Membership.role == OrganisationRole.COORDINATOR
            )
        )
    )
    assert set(about_classes([block.id])[block.id].teachers) == {teacher.person_id}
    tx.execute(sa.update(Membership).where(Membership.person_id == teacher.person_id).values(ended_at=clock.now()))
    assert set(about_classes([block.id])[block.id].teachers) == coordinators


def test_what_is_given_and_what_ends_is_told_to_who_teaches(tx, held):
    block, teacher = held
    cause = Cause(1, clock.now())
    classes.tell_class_granted(BlockGranted(block.id, 2), cause)
    classes.tell_class_ended(BlockEnded(block.id, 2), cause)
    assert told(tx, "class_granted") == told(tx, "class_ended") == [teacher.person_id]


def test_a_message_is_for_who_teaches_there_still(tx, held):
    block, teacher = held
    for person, is_theirs in ((teacher.person_id, True), (0, False)):
        known = Recipient(person, "", "", "it", None, has_account=True)
        message = ClassNamesMissing(Facts(known, {}, clock.now(), clock.now(), school_class=about_classes([block.id])[block.id]))
        assert message.is_due() is is_theirs
