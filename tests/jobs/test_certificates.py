"""Who makes the files: tasks do, in processes that fork nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.certificates.models import Certificate
from civic.certificates.services import preparing
from civic.certificates.services.asking import ask_for_documents
from civic.jobs import certificates, sweep, tasks
from civic.kernel.db import session, transaction, writing
from tests.registers import PRESENT, Course


@pytest.fixture
def asked(connection) -> None:
    """A class whose files were asked for."""
    with transaction():
        course = Course(meetings=1, ago=timedelta(weeks=4))
        course.class_of(3, [PRESENT])
        course.close()
        ask_for_documents(course.coordinator, course.activity.public_id)


def made() -> int:
    return session().scalar(sa.select(sa.func.count()).where(Certificate.prepared_at.is_not(None)))


def test_the_sweep_that_the_timer_of_the_main_process_runs_makes_none(asked):
    sweep.sweep()
    assert made() == 0


@pytest.mark.parametrize("task", [tasks.sweep_all, tasks.empty_outbox])
def test_the_tasks_make_all_that_was_asked_for(asked, task):
    task.run()
    assert made() == 3


def test_no_new_ones_are_begun_once_the_time_is_over(asked):
    assert certificates.prepare_all(seconds=0) == 0
    assert made() == 0


def test_one_that_cannot_be_made_for_whatever_reason_keeps_nobody_elses_from_being_made(asked, monkeypatch, caplog):
    with transaction():
        unlucky = writing().scalars(sa.select(Certificate).order_by(Certificate.id)).first()
        unlucky_id, at = unlucky.id, unlucky.issued_at
    values_of = preparing.values_of

    def fails_once(certificate, *others):
        if certificate.id == unlucky_id:
            raise ZeroDivisionError
        return values_of(certificate, *others)

    monkeypatch.setattr(preparing, "values_of", fails_once)
    tasks.sweep_all.run()
    assert made() == 2
    failed = sa.select(Certificate.id).where(Certificate.failed_at > at)
    assert session().scalars(failed).all() == [unlucky_id]
    assert f"certificate_failed id={unlucky_id} ZeroDivisionError" in caplog.text
