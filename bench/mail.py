"""Reminders: how fast they become rows by one statement, and how fast they leave beside bare smtplib."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import sqlalchemy as sa

from bench import town
from bench.report import Line, Report
from bench.servers import ROOT, Machine, free_port
from civic.activities.models import Activity, Occurrence, Opening, Signup
from civic.activities.types import SignupState
from civic.app import create_app
from civic.kernel import clock
from civic.kernel.db import session, transaction, writing
from civic.kernel.ids import new_public_id
from civic.notifications import reminders
from civic.notifications.models import Delivery
from config import load


@contextmanager
def sink():
    """A mail server on a free port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)], cwd=ROOT)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the mail server of the benchmark does not answer")


def measure(machine: Machine, report: Report, count: int) -> None:
    """Make `count` reminders due, write them, let the worker send them, and send as many of the same size bare."""
    with sink() as port:
        app = create_app(load(machine.environ(SMTP_URL=f"smtp://127.0.0.1:{port}")))
        with app.app_context():
            _make_due(app, count)
            _discard_what_waits()
            begin = time.perf_counter()
            with transaction():
                written = reminders.write_reminders()
            seconds = time.perf_counter() - begin
            is_good = seconds <= 2 and written >= count
            report.add(Line(f"{written} due reminders become rows", f"{seconds:.2f} s", goal="<= 2.0 s", is_good=is_good))
            _make_sendable()
            with _worker(machine, port):
                ours = _rate_of_worker(count)
        bare = _rate_of_bare(port, min(count, 3000))
    ratio = ours / bare
    report.add(Line("  floor: bare smtplib, one connection", f"{bare:.0f} /s"))
    report.add(Line("reminders sent by the worker", f"{ours:.0f} /s", ratio, ">= 0.6", ratio >= 0.6))


def _make_due(app, count: int) -> None:
    """Let `count` adults have a place in a workshop that begins in 23 waking hours, confirmed long ago."""
    hot = town.open_workshop(5000)
    people = town.sign_in_people(app, count)
    now = clock.now()
    with transaction():
        opening = session().scalar(sa.select(Opening).where(Opening.public_id == hot.opening))
        start = now + timedelta(hours=23)
        writing().execute(sa.update(Opening).where(Opening.id == opening.id).values(capacity=count, taken=count))
        writing().execute(
            sa.update(Occurrence).where(Occurrence.activity_id == opening.activity_id).values(
                starts_at=start, ends_at=start + timedelta(hours=2)
            )
        )
        writing().execute(
            sa.update(Activity).where(Activity.id == opening.activity_id).values(
                starts_at=start, ends_at=start + timedelta(hours=2)
            )
        )
        writing().execute(
            sa.insert(Signup),
            [
                {
                    "public_id": new_public_id(),
                    "opening_id": opening.id,
                    "activity_id": opening.activity_id,
                    "person_id": somebody.person_id,
                    "state": SignupState.CONFIRMED,
                    "joined_at": now - timedelta(days=20),
                    "confirmed_at": now - timedelta(days=20),
                }
                for somebody in people
            ],
        )
    town.analyse()


def _discard_what_waits() -> None:
    """Put what earlier measures owe out of the way: only reminders are sent here."""
    with transaction():
        writing().execute(sa.text("UPDATE outbox_event SET done_at = :now WHERE done_at IS NULL"), {"now": clock.now()})
        writing().execute(sa.text("UPDATE delivery SET state = 'cancelled' WHERE state = 'queued'"))


def _make_sendable() -> None:
    """Quiet hours do not count here: what is measured is the sending."""
    with transaction():
        writing().execute(sa.text("UPDATE delivery SET next_attempt_at = :now WHERE state = 'queued'"), {"now": clock.now()})
        writing().execute(sa.text("UPDATE notification SET not_before = :now WHERE not_before > :now"), {"now": clock.now()})


@contextmanager
def _worker(machine: Machine, port: int):
    """The worker as `script/server` runs it: two processes."""
    command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "--concurrency", "2", "--without-gossip"]
    environ = machine.environ(SMTP_URL=f"smtp://127.0.0.1:{port}")
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def _rate_of_worker(count: int) -> float:
    """Return how many messages a second left, from the first tenth of `count` to the last."""
    first = _wait_for_sent(count // 10)
    begin = time.perf_counter()
    last = _wait_for_sent(count)
    return (last - first) / (time.perf_counter() - begin)


def _wait_for_sent(count: int) -> int:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        sent = session().scalar(sa.select(sa.func.count()).where(Delivery.state == "sent"))
        if sent >= count:
            return sent
        time.sleep(0.02)
    raise TimeoutError(f"{count} messages have not left")


def _rate_of_bare(port: int, count: int) -> float:
    """Send one ready message of text and HTML `count` times on one connection; return how many a second."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "bench@bologna.example", "all@bench.example"
    message["Subject"] = "Domani ti aspettiamo"
    message.set_content("Domani alle 17:00. " * 40)
    message.add_alternative("<p>Domani alle 17:00.</p>" * 300, subtype="html")
    content = message.as_bytes()
    begin = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(count):
            server.sendmail("bench@bologna.example", [f"{number}@bench.example"], content)
    return count / (time.perf_counter() - begin)
