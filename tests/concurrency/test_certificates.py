"""Numbers without a gap and files made once, whoever does what at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.certificates.models import Certificate
from civic.certificates.services.asking import ask_for_documents
from civic.certificates.services.closing import close_register
from civic.certificates.services.preparing import prepare_some
from civic.certificates.services.replacing import reissue
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.errors import RuleBroken
from civic.outbox.models import OutboxEvent
from tests import factories as make
from tests.registers import PRESENT, Course

SITE = "https://insieme.example"
COURSES, PEOPLE = 6, 4


class ThoughtBetter(Exception):
    """Whoever closed the register does not commit."""


@pytest.fixture
def courses(busy) -> list[Course]:
    """Courses that are over, with everybody's marks."""
    with transaction():
        found = [Course(meetings=1, ago=timedelta(weeks=4)) for _ in range(COURSES)]
        for course in found:
            course.signups = [signup for _, _, signup in course.class_of(PEOPLE, [PRESENT])]
    return found


def at_once(app, verbs: list) -> list:
    """Do all of `verbs` at the same moment, each in a transaction of its own; return what each returned, or why it did not."""

    def do(verb):
        with app.app_context():
            try:
                with transaction():
                    return verb()
            except (RuleBroken, ThoughtBetter) as error:
                return type(error)

    with clock.frozen(make.NOW), ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(do, verbs))


def closing(course: Course, *, gives_up: bool = False):
    def close():
        issued = close_register(course.coordinator, course.activity.public_id)
        if gives_up:
            raise ThoughtBetter
        return issued

    return close


def numbers() -> list[int]:
    return sorted(session().scalars(sa.select(Certificate.number)))


def test_registers_closed_at_once_leave_no_gap_even_where_some_are_given_up(busy, courses):
    done = at_once(busy, [closing(course, gives_up=place % 3 == 2) for place, course in enumerate(courses)])
    kept = [one for one in done if one is not ThoughtBetter]
    assert kept == [PEOPLE] * (COURSES - 2)
    assert numbers() == list(range(1, 1 + PEOPLE * len(kept)))


def test_a_register_is_closed_once_however_many_press_the_button(busy, courses):
    done = at_once(busy, [closing(courses[0])] * 5)
    assert sorted(map(str, done)) == sorted(map(str, [PEOPLE, *[RuleBroken] * 4]))
    assert numbers() == [1, 2, 3, 4]


def test_a_document_reissued_by_two_at_once_leaves_one_that_counts(busy, courses):
    course = courses[0]
    with transaction():
        closing(course)()

    def again() -> int:
        return reissue(course.coordinator, course.activity.public_id, course.signups[0], "Nome sbagliato").number

    assert sorted(at_once(busy, [again, again])) == [5, 6]
    live = sa.select(sa.func.count()).where(Certificate.revoked_at.is_(None))
    assert session().scalar(live) == PEOPLE


def test_workers_that_look_at_once_make_each_file_once(busy, courses):
    with transaction():
        for course in courses:
            closing(course)()
            ask_for_documents(course.coordinator, course.activity.public_id)
    made = sum(sum(at_once(busy, [lambda: prepare_some(SITE, 5)] * 4)) for _ in range(4))
    assert made == COURSES * PEOPLE
    told = sa.select(sa.func.count()).where(OutboxEvent.name == "CertificatePrepared")
    assert session().scalar(told) == made
