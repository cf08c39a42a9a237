"""Writing to the outbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import after_commit, writing
from civic.outbox.models import OutboxEvent

_nudge: Callable[[], None] | None = None


def set_nudge(nudge: Callable[[], None] | None) -> None:
    """Call `nudge` after each commit that wrote an event; the sweep is the guarantee, this only the speed."""
    global _nudge
    _nudge = nudge


def record(*events: object) -> None:
    """Write `events` (frozen dataclasses of plain values) in the open transaction, all in one statement."""
    now = clock.now()
    rows = [
        {"name": type(one).__name__, "payload": asdict(one), "created_at": now, "next_attempt_at": now, "attempts": 0}
        for one in events
    ]
    if not rows:
        return
    writing().execute(sa.insert(OutboxEvent).inline(), rows)
    nudge_after_commit()


def nudge_after_commit() -> None:
    """Have the outbox emptied soon after the open transaction commits (for who writes its rows in a statement of its own)."""
    if _nudge is not None:
        after_commit(_nudge)
