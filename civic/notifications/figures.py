"""How sending goes, in figures: what waits, what left in the last hour, what went wrong, who shows progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session
from civic.notifications import breaker
from civic.notifications.types import DeliveryState, ReturnKind
from civic.outbox import draining

LAST = timedelta(hours=1)
REMEMBERED = timedelta(days=7)

_WAITING = sa.text("""
SELECT min(next_attempt_at) FILTER (WHERE next_attempt_at <= :now) AS oldest, count(*) AS waiting,
       count(*) FILTER (WHERE next_attempt_at <= :now) AS due, count(*) FILTER (WHERE state = 'retry') AS retrying
  FROM delivery WHERE state IN ('queued', 'retry')
""")
_ENDED = sa.text("SELECT state, count(*) AS count FROM delivery WHERE final_at > :since GROUP BY state")
_RETURNED = sa.text("SELECT kind, count(*) AS count FROM bounce WHERE received_at > :since GROUP BY kind")
_HELD = sa.text("SELECT count(*) FROM delivery WHERE state = 'held'")
_HEARTBEATS = sa.text("SELECT name, at FROM heartbeat ORDER BY name")
_TROUBLES = sa.text("""
SELECT d.state, n.kind, d.last_code, coalesce(d.last_error, '') AS last_error, count(*) AS count,
       count(*) FILTER (WHERE n.expires_at > :now) AS in_time, max(coalesce(d.final_at, n.created_at)) AS latest
  FROM delivery d JOIN notification n ON n.id = d.notification_id
 WHERE d.state IN ('failed', 'held', 'bounced') AND n.created_at > :since
 GROUP BY d.state, n.kind, d.last_code, coalesce(d.last_error, '') ORDER BY max(coalesce(d.final_at, n.created_at)) DESC LIMIT 50
""")


@dataclass(frozen=True, slots=True)
class Figures:
    """How sending goes at one moment; `ended` and `returned` count what happened in the hour before it."""

    at: datetime
    oldest_due: timedelta | None
    waiting: int
    due: int
    retrying: int
    held: int
    parked: int
    ended: Mapping[DeliveryState, int] = field(default_factory=dict)
    returned: Mapping[ReturnKind, int] = field(default_factory=dict)
    heartbeats: Mapping[str, timedelta] = field(default_factory=dict)
    pauses: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class TroubleGroup:
    """Deliveries in one state, of one kind, for one reason; `in_time`: how many of them are still worth sending."""

    state: DeliveryState
    kind: str
    code: int | None
    error: str
    count: int
    in_time: int
    latest: datetime


def collect() -> Figures:
    """Return how sending goes now."""
    now = clock.now()
    since = {"since": now - LAST}
    waiting = session().execute(_WAITING, {"now": now}).one()
    return Figures(
        at=now,
        oldest_due=now - waiting.oldest if waiting.oldest else None,
        waiting=waiting.waiting,
        due=waiting.due,
        retrying=waiting.retrying,
        held=session().scalar(_HELD),
        parked=draining.count_parked(),
        ended={DeliveryState(row.state): row.count for row in session().execute(_ENDED, since)},
        returned={ReturnKind(row.kind): row.count for row in session().execute(_RETURNED, since)},
        heartbeats={row.name: now - row.at for row in session().execute(_HEARTBEATS)},
        pauses=tuple(breaker.list_pauses()),
    )


def list_troubles() -> list[TroubleGroup]:
    """Return what did not arrive, or waits for somebody to decide, in the last week; what came last stands first."""
    now = clock.now()
    rows = session().execute(_TROUBLES, {"now": now, "since": now - REMEMBERED})
    return [TroubleGroup(DeliveryState(row.state), *row[1:]) for row in rows]
