"""P7: a mail server that says later to three in ten, no to one in twenty, and hangs up after having taken one in twenty."""

from __future__ import annotations

import random
from collections import Counter

import psycopg

from tests.promises.test_kills import Crowd, confirmations, rows

LATER, NEVER, HANGS_UP = 0.30, 0.05, 0.05
STEP_SECONDS, STEPS = 3600, 20
"""A worker whose clock is ahead finds the next attempts due: the long waits between them are not waited for."""


class Chaos:
    """What the server answers, the same in every run; counts how often it hung up with the message in its hands."""

    def __init__(self, seed: int = 11) -> None:
        self._chance = random.Random(seed)
        self.hung_up = 0
        self.never: set[str] = set()

    def recipient(self, address: str) -> str | None:
        """Refuse for now, or for good: who is refused for good once is never let in."""
        drawn = self._chance.random()
        if address in self.never or drawn < NEVER:
            self.never.add(address)
            return "550 5.1.1 no such mailbox"
        return "451 4.3.0 later" if drawn < NEVER + LATER else None

    def content(self, _envelope) -> str | None:
        """Take the message, and now and then hang up instead of saying so."""
        if self._chance.random() < HANGS_UP:
            self.hung_up += 1
            return "drop"
        return None


def test_a_mail_server_in_chaos_loses_nothing_and_doubles_only_what_it_hung_up_on(crew, is_full, keeps):
    count = 500 if is_full else 40
    chaos = Chaos()
    crew.sink.on_recipient, crew.sink.on_content = chaos.recipient, chaos.content
    crew.start_web()
    crew.start_worker()
    crowd = Crowd(crew, count)
    crowd.start()
    crowd.join()
    killed = _drain(crew)
    owed = {
        email
        for (email,) in rows(
            crew,
            "SELECT a.email FROM signup s JOIN account a ON a.person_id = s.person_id "
            "WHERE s.state = 'confirmed' AND a.email LIKE '%@bench.example'",
        )
    }
    noted = {
        email
        for (email,) in rows(
            crew,
            "SELECT a.email FROM delivery d JOIN notification n ON n.id = d.notification_id "
            "JOIN account a ON a.person_id = n.recipient_id WHERE d.state IN ('failed', 'suppressed')",
        )
    }
    taken = confirmations(crew)
    copies = Counter(mail.parsed["Message-ID"] for mail in crew.sink.mails)
    assert len(owed) == count and chaos.never and chaos.hung_up
    keeps("P7", f"messages neither taken nor noted as refused, of {count}", len(owed - taken.keys() - noted), 0)
    keeps("P7", "addresses noted as wrong that the server never refused", len(noted - chaos.never), 0)
    keeps("P7", "copies beside one for each hang-up and each kill", sum(copies.values()) - len(copies), chaos.hung_up + killed)


def _drain(crew) -> int:
    """Let hours pass for the worker until no confirmation is owed; return how often it was killed for that."""
    for step in range(STEPS):
        if _trying(crew) == 0:
            return step
        crew.kill("worker")
        crew.start_worker(CLOCK_SHIFT=str(STEP_SECONDS * (step + 1)))
        try:
            crew.wait(lambda: _trying(crew) == 0, "the next attempts", 12)
        except AssertionError:
            continue
    assert _trying(crew) == 0
    return STEPS


def _trying(crew) -> int:
    """Return how many events wait, and confirmations that are not done."""
    try:
        waiting = rows(crew, "SELECT count(*) FROM outbox_event WHERE done_at IS NULL AND parked_at IS NULL")[0][0]
        return waiting + rows(
            crew,
            "SELECT count(*) FROM delivery d JOIN notification n ON n.id = d.notification_id "
            "WHERE n.kind = 'signup_confirmed' AND d.state IN ('queued', 'retry', 'sending')",
        )[0][0]
    except psycopg.OperationalError:
        return 1
