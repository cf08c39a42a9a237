"""The files of certificates: asked for once, made by whoever has time, told to whose they are."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.services import erasing
from civic.activities.services.authorising import Given
from civic.certificates.models import Certificate
from civic.certificates.services.asking import ask_for_documents
from civic.certificates.services.preparing import prepare_some
from civic.certificates.services.replacing import reissue
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.errors import RuleBroken
from civic.notifications.models import Delivery, Notification
from civic.outbox import draining
from tests import factories as make
from tests.registers import ABSENT, PRESENT, Course

SITE = "https://insieme.example"


def prepared(tx) -> list[Certificate]:
    return list(tx.scalars(sa.select(Certificate).order_by(Certificate.id)))


def told() -> list[int]:
    ready = sa.select(Notification.recipient_id).where(Notification.kind == "certificate_ready")
    return list(session().scalars(ready.order_by(Notification.id)))


@pytest.fixture
def course(connection):
    """A course of three meetings, over for a week."""
    with transaction():
        return Course(ago=timedelta(weeks=4))


def make_files(course: Course) -> None:
    """Ask for the files and make them, then tell; each in a transaction of its own."""
    with transaction():
        ask_for_documents(course.coordinator, course.activity.public_id)
    with transaction():
        while prepare_some(SITE):
            pass
    draining.drain()


def test_nothing_is_made_before_it_is_asked_for(tx):
    course = Course()
    course.somebody(PRESENT, PRESENT, PRESENT)
    with pytest.raises(RuleBroken, match="not closed"):
        ask_for_documents(course.coordinator, course.activity.public_id)
    course.close()
    assert prepare_some(SITE) == 0
    assert (ask_for_documents(course.coordinator, course.activity.public_id), prepare_some(SITE)) == (1, 1)
    (one,) = prepared(tx)
    assert one.document.startswith(b"%PDF") and one.fingerprint == hashlib.sha256(one.document).digest()
    assert one.initials == "N. C."
    assert (ask_for_documents(course.coordinator, course.activity.public_id), prepare_some(SITE)) == (0, 0)


def test_what_cannot_be_made_keeps_nobody_elses_from_being_made_and_is_tried_again_when_asked(tx):
    course = Course(meetings=1)
    person, _, _ = course.somebody(PRESENT, name="王小明")
    course.class_of(2, [PRESENT])
    course.close()
    assert ask_for_documents(course.coordinator, course.activity.public_id) == 3
    assert (prepare_some(SITE), prepare_some(SITE)) == (3, 0)
    assert sorted(bool(one.failed_at) for one in prepared(tx)) == [False, False, True]
    session().execute(sa.update(Person).where(Person.id == person.id).values(given_name="Xiaoming"))
    tx.expire_all()
    assert (ask_for_documents(course.coordinator, course.activity.public_id), prepare_some(SITE)) == (1, 1)
    assert all(one.prepared_at and not one.failed_at for one in prepared(tx))


def test_a_few_are_made_at_a_time(tx):
    course = Course(meetings=1)
    course.class_of(5, [PRESENT])
    course.close()
    ask_for_documents(course.coordinator, course.activity.public_id)
    assert [prepare_some(SITE, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_whose_it_is_and_who_answers_for_them_hear_once_of_each_that_it_is_there(course):
    with transaction():
        adult, _, _ = course.somebody(PRESENT, PRESENT, PRESENT)
        young, child = make.account(make.SIXTEEN), make.person(make.THIRTEEN, email=None)
        mother = make.guardian_of(young, child)
        for ward in (young, child):
            with clock.frozen(course.published_at):
                given = Given(mother.person_id, "Autorizzo.")
                entry = make.Entry(course.opening.public_id, ward.id, make.new_public_id(), authorisation=given)
                signup = make.sign_up(mother, entry)
            course.mark(signup, PRESENT, ABSENT, ABSENT)
        course.close()
    make_files(course)
    make_files(course)
    assert sorted(told()) == sorted([adult.id, young.id, mother.person_id, mother.person_id])
    assert session().scalar(sa.select(sa.func.count()).select_from(Delivery)) >= 3


def test_a_new_document_is_made_at_once_and_told(course):
    with transaction():
        person, _, signup = course.somebody(PRESENT, PRESENT, PRESENT)
        course.close()
    make_files(course)
    with transaction():
        reissue(course.coordinator, course.activity.public_id, signup, "Nome sbagliato")
    with transaction():
        assert prepare_some(SITE) == 1
    draining.drain()
    assert told() == [person.id, person.id]
    payloads = session().scalars(sa.select(Notification.payload).where(Notification.kind == "certificate_ready"))
    assert sorted(one["replaces"] for one in payloads) == [False, True]


def test_nothing_is_made_for_who_was_erased_meanwhile(tx):
    course = Course(meetings=1)
    person, _, _ = course.somebody(PRESENT)
    course.close()
    ask_for_documents(course.coordinator, course.activity.public_id)
    session().execute(sa.update(Person).where(Person.id == person.id).values(erased_at=clock.now()))
    assert (prepare_some(SITE), prepare_some(SITE)) == (1, 0)
    (one,) = prepared(tx)
    assert one.document is None and one.failed_at is not None


def test_with_a_person_go_the_file_and_the_initials_of_what_was_issued_and_the_figures_stay(course):
    with transaction():
        person, _, _ = course.somebody(PRESENT, PRESENT, PRESENT)
        course.close()
        session().execute(sa.delete(make.Account).where(make.Account.person_id == person.id))
    make_files(course)
    with transaction(), clock.frozen(course.over + timedelta(days=366)):
        assert erasing.erase_long_over() == 1
    (one,) = prepared(session())
    assert (one.document, one.initials) == (None, "")
    assert (one.minutes, one.number, one.prepared_at is not None, one.fingerprint is not None) == (360, 1, True, True)
