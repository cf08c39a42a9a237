"""Quiet hours: between nine in the evening and eight in the morning, Rome time, nobody is written to without need."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from civic.kernel import clock

BEGINS = time(21)
ENDS = time(8)
EVENING = time(20, 30)
"""Where a reminder goes that would fall into the night after it."""


def is_quiet(instant: datetime) -> bool:
    """Whether `instant` falls into quiet hours."""
    local = clock.to_rome(instant).time()
    return local >= BEGINS or local < ENDS


def after_quiet(instant: datetime) -> datetime:
    """Return `instant`, or where it is quiet the moment at which people wake."""
    if not is_quiet(instant):
        return instant
    local = clock.to_rome(instant)
    day = local.date() + timedelta(days=1 if local.time() >= BEGINS else 0)
    return clock.from_rome(datetime.combine(day, ENDS))


def before_quiet(instant: datetime) -> datetime:
    """Return `instant`, or where it is quiet the evening before."""
    if not is_quiet(instant):
        return instant
    local = clock.to_rome(instant)
    day = local.date() - timedelta(days=0 if local.time() >= BEGINS else 1)
    return clock.from_rome(datetime.combine(day, EVENING))
