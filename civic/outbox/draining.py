"""Emptying the outbox: every event is reacted to once, in a transaction of its own; what fails waits, and is never lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session, transaction, writing
from civic.kernel.logs import scrub
from civic.outbox.models import OutboxEvent

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
BACK_OFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
)
_ERROR_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Cause:
    """The row of the outbox that a reaction answers: its id makes keys that are the same however often it is drained."""

    id: int
    at: datetime


Reaction = Callable[[object, Cause], object]
_reactions: dict[str, tuple[type, tuple[Reaction, ...]]] = {}


def register_reactions(table: Mapping[type, Sequence[Reaction]]) -> None:
    """Let `drain` answer each event of `table` with its reactions, in their order."""
    _reactions.clear()
    _reactions.update({event.__name__: (event, tuple(reactions)) for event, reactions in table.items()})


def drain(limit: int = 500) -> int:
    """React to due events, oldest first, until there are none or `limit` is reached; return how many were taken."""
    for taken in range(limit):
        if not _drain_one():
            return taken
    return limit


def count_parked() -> int:
    """Return how many events were given up after too many attempts: each waits for a person to look at it."""
    with transaction():
        parked = sa.select(sa.func.count()).where(OutboxEvent.parked_at.is_not(None), OutboxEvent.done_at.is_(None))
        return writing().scalar(parked)


def list_parked(limit: int = 100) -> Sequence[OutboxEvent]:
    """Return the events that were given up, the oldest first."""
    statement = sa.select(OutboxEvent).where(OutboxEvent.parked_at.is_not(None), OutboxEvent.done_at.is_(None))
    return session().scalars(statement.order_by(OutboxEvent.id).limit(limit)).all()


def release_parked() -> int:
    """Let every parked event be tried again from the start, after its cause was mended; return how many."""
    with transaction():
        return writing().execute(
            sa.update(OutboxEvent)
            .where(OutboxEvent.parked_at.is_not(None), OutboxEvent.done_at.is_(None))
            .values(parked_at=None, attempts=0, next_attempt_at=clock.now())
        ).rowcount


_NEXT = sa.text("""
SELECT id, name, payload, created_at, attempts FROM outbox_event
 WHERE done_at IS NULL AND parked_at IS NULL AND next_attempt_at <= :now
 ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
""")


def _drain_one() -> bool:
    """Take one due event; return whether there was one. A row that another worker holds is left to it."""
    row = None
    try:
        with transaction():
            row = writing().execute(_NEXT, {"now": clock.now()}).one_or_none()
            if row is None:
                return False
            _react(row)
            writing().execute(
                sa.update(OutboxEvent)
                .where(OutboxEvent.id == row.id)
                .values(done_at=clock.now(), attempts=row.attempts + 1, last_error=None)
            )
    except Exception as error:
        if row is None:
            raise
        _put_off(row, error)
    return True


def _react(row) -> None:
    known = _reactions.get(row.name)
    if known is None:
        return
    event_type, reactions = known
    # A field that this release does not know, or no longer has, must not stop an event written by another one.
    wanted = {field.name for field in fields(event_type)}
    event = event_type(**{name: value for name, value in row.payload.items() if name in wanted})
    for reaction in reactions:
        reaction(event, Cause(row.id, row.created_at))


def _put_off(row, error: Exception) -> None:
    """Write that an attempt failed and when the next one is; after the last the event is parked."""
    attempts, now = row.attempts + 1, clock.now()
    is_parked = attempts >= MAX_ATTEMPTS
    # The message of a database error quotes values: only the kind of error and the constraint are kept.
    told = scrub(f"{type(error).__name__}: {getattr(error, 'orig', error)}".splitlines()[0])[:_ERROR_LENGTH]
    with transaction():
        writing().execute(
            sa.update(OutboxEvent)
            .where(OutboxEvent.id == row.id, OutboxEvent.done_at.is_(None))
            .values(
                attempts=attempts,
                next_attempt_at=now + BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)],
                parked_at=now if is_parked else None,
                last_error=told,
            )
        )
    level = logging.ERROR if is_parked else logging.WARNING
    log.log(level, "outbox_event_%s id=%s name=%s", "parked" if is_parked else "put_off", row.id, row.name, exc_info=error)
