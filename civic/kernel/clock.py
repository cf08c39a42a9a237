"""The only place that asks what time it is.

Instants are aware and in UTC; people live in Europe/Rome. Tests freeze or shift the clock here, never anywhere else.
"""

from __future__ import annotations

import time as machine
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199

_shift = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """Return the present instant, aware and in UTC."""
    if _frozen is not None:
        return _frozen
    return datetime.now(UTC) + _shift


def seconds_until(timestamp: float) -> int:
    """Return the whole seconds until `timestamp` on the clock of the machine, by which libraries that know no other count."""
    return int(timestamp - machine.time())


def today() -> date:
    """Return the calendar day it is in Rome."""
    return to_rome(now()).date()


def is_within_reach(day: date) -> bool:
    """Whether people can mean `day`: beyond it stand slips of the keyboard, and days whose instants cannot be reckoned."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


def shift_by(seconds: int) -> None:
    """Make this process live `seconds` later than the machine (a test setting; production refuses it)."""
    global _shift
    _shift = timedelta(seconds=seconds)


@contextmanager
def frozen(instant: datetime) -> Iterator[None]:
    """Hold the clock of this process at `instant` (aware) for the length of the block."""
    global _frozen
    if instant.tzinfo is None:
        raise ValueError("a frozen clock needs an aware instant")
    before, _frozen = _frozen, instant.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before


def to_rome(instant: datetime) -> datetime:
    """Return `instant` on the wall clock of Rome."""
    return instant.astimezone(ROME)


def is_nonexistent(local: datetime) -> bool:
    """Whether the wall clock of Rome skips `local` (the spring hour)."""
    there_and_back = local.replace(tzinfo=ROME, fold=0).astimezone(UTC).astimezone(ROME)
    return there_and_back.replace(tzinfo=None) != local.replace(tzinfo=None)


def is_ambiguous(local: datetime) -> bool:
    """Whether the wall clock of Rome shows `local` twice (the autumn hour)."""
    if is_nonexistent(local):
        return False
    first, second = (local.replace(tzinfo=ROME, fold=fold).utcoffset() for fold in (0, 1))
    return first != second


def from_rome(local: datetime, fold: int = 0) -> datetime:
    """Return the UTC instant of the wall-clock time `local` in Rome.

    A skipped time moves one hour forward; of a doubled one `fold` says which (0 the first). Forms refuse or ask
    before they come here (design, section 7).
    """
    return local.replace(tzinfo=ROME, fold=fold).astimezone(UTC)


def rome_midnight(day: date) -> datetime:
    """Return the instant at which `day` begins in Rome."""
    return from_rome(datetime.combine(day, time()))
