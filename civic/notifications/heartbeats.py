"""Liveness judged by progress: each part writes when it last got something done."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.kernel import clock
from civic.kernel.db import session
from civic.notifications.models import Heartbeat


def beat(name: str) -> None:
    """Write that the part `name` works now."""
    statement = insert(Heartbeat).values(name=name, at=clock.now())
    session().execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": statement.excluded.at}))


def age_of(name: str) -> timedelta | None:
    """Return how long ago the part last worked, or None where it never did."""
    at = session().scalar(sa.select(Heartbeat.at).where(Heartbeat.name == name))
    return clock.now() - at if at else None


_OLDEST = sa.text("""
SELECT min(d.next_attempt_at) FROM delivery d WHERE d.state IN ('queued', 'retry') AND d.next_attempt_at <= :now
""")


def oldest_due() -> timedelta | None:
    """Return for how long the oldest message that is due has been waiting, or None where nothing waits."""
    now = clock.now()
    at = session().scalar(_OLDEST, {"now": now})
    return now - at if at else None
