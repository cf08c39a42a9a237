"""Workers in real processes: fast when all is well, late but whole when something is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta

import psutil
import pytest
import sqlalchemy as sa

from civic.app import create_app
from civic.certificates.services.asking import ask_for_documents
from civic.kernel.db import db, transaction
from tests import factories as make
from tests.failure.site import OURS, PROJECT, wait_for
from tests.registers import PRESENT, Course
from tests.sink import listening

NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture(scope="module")
def sink():
    with listening() as sink:
        yield sink


@pytest.fixture(scope="module")
def services_here(services, sink, tmp_path_factory):
    """A database of its own, whose mails go to the sink."""
    return services.another("working"), {"SMTP_URL": f"smtp://127.0.0.1:{sink.port}"}


@pytest.fixture(scope="module")
def town(services_here):
    own, more = services_here
    return create_app(own.config(**more))


@pytest.fixture
def worker(services_here):
    """Call it to run a worker; it is killed at the end."""
    own, more = services_here

    @contextmanager
    def running(**settings):
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        environ = kept | own.environ(**more) | settings
        command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "--concurrency", "2", "--without-gossip"]
        process = subprocess.Popen(command, cwd=PROJECT, env=environ, start_new_session=True, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            kill_all(process)

    return running


def kill_all(process: subprocess.Popen) -> None:
    """End the worker and its children at once, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def sign_up(town, count: int) -> None:
    with town.app_context(), transaction():
        _, opening, _ = make.published(capacity=count)
        for _ in range(count):
            make.signed_up(opening)


def unsent(town) -> int:
    with town.app_context(), db.engine.connect() as connection:
        waiting = "SELECT (SELECT count(*) FROM outbox_event WHERE done_at IS NULL) + "
        return connection.execute(sa.text(waiting + "(SELECT count(*) FROM delivery WHERE state <> 'sent')")).scalar()


def first_sweep_is_done(town) -> bool:
    with town.app_context(), db.engine.connect() as connection:
        return connection.execute(sa.text("SELECT count(*) FROM heartbeat")).scalar() > 0


def test_a_nudge_lets_the_mail_leave_long_before_the_next_sweep(worker, town, sink):
    with worker():
        wait_for(lambda: first_sweep_is_done(town), "the first sweep", 40)
        sign_up(town, 1)
        wait_for(lambda: len(sink.mails) == 1, "the mail", 15)
        # A worker killed between the server's answer and the row would leave its mail to the next test.
        wait_for(lambda: unsent(town) == 0, "the row of the mail", 15)


def test_with_the_broker_dead_the_mail_leaves_by_the_workers_own_timer(worker, town, sink):
    sink.clear()
    sign_up(town, 1)
    with worker(REDIS_URL=NOBODY):
        wait_for(lambda: len(sink.mails) == 1, "the mail", 40)
        wait_for(lambda: unsent(town) == 0, "the row of the mail", 15)


def test_what_a_killed_worker_left_is_sent_and_hardly_anything_twice(worker, town, sink):
    sink.clear()
    sign_up(town, 400)
    with worker() as first:
        wait_for(lambda: len(sink.mails) > 20, "the first mails", 40)
        for child in psutil.Process(first.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        wait_for(lambda: len(sink.mails) > 100 or unsent(town) == 0, "more mails", 60)
        kill_all(first)
    # The leases of the dead are over for a worker that lives later.
    with worker(CLOCK_SHIFT="200"):
        wait_for(lambda: unsent(town) == 0, "all mails", 90)
    times = Counter(mail.parsed["Message-ID"] for mail in sink.mails)
    assert len(times) == 400
    # Each process that died may have had one message between the server and the row.
    assert sum(times.values()) - 400 <= 5


def ask_for_a_class(town, count: int) -> None:
    """Close the register of a course that is over and ask for the files."""
    with town.app_context(), transaction():
        course = Course(meetings=1, ago=timedelta(weeks=1))
        course.class_of(count, [PRESENT])
        course.close()
        ask_for_documents(course.coordinator, course.activity.public_id)


def files_missing(town) -> int:
    with town.app_context(), db.engine.connect() as connection:
        return connection.execute(sa.text("SELECT count(*) FROM certificate WHERE prepared_at IS NULL")).scalar()


def people_told(town) -> int:
    """Who is to hear of a file; the mails themselves wait for the morning where this runs at night."""
    with town.app_context(), db.engine.connect() as connection:
        told = "SELECT count(*) FROM notification WHERE kind = 'certificate_ready'"
        return connection.execute(sa.text(told)).scalar()


def test_files_are_made_within_seconds_and_by_a_new_child_as_well(worker, town):
    with worker() as process:
        wait_for(lambda: first_sweep_is_done(town), "the first sweep", 40)
        for number in (1, 2):
            ask_for_a_class(town, 30)
            wait_for(lambda: files_missing(town) == 0, "thirty files", 15)
            wait_for(lambda number=number: people_told(town) == 30 * number, "who is told of them", 15)
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
