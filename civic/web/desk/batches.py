"""What a phone sends of its sheet: marks and notes of going home, read from JSON; each is read by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from civic.activities.services.taps import Batch, Tap
from civic.activities.types import AttendanceState
from civic.care.services.departing import Exit
from civic.care.types import WayHome

Mark = TypeVar("Mark")

MOST = 500
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Received:
    """What was sent at once, and by whom it was made (`owner`); `odd` are the numbers of marks that nobody can read."""

    owner: str
    batch: Batch
    exits: tuple[Exit, ...]
    odd: tuple[str, ...]


def read_batch(sent: Any) -> Received:
    """Return what was sent; raises ValueError, KeyError or TypeError for what no sheet of ours sends.

    One mark that cannot be read stops no other.
    """
    odd: list[str] = []
    taps = tuple(_readable(_tap, _several(sent["taps"]), odd))
    exits = tuple(_readable(_exit, _several(sent["exits"]), odd))
    batch = Batch(UUID(_text(sent["device"])), _moment(sent["sent_at"]), taps)
    return Received(_text(sent["owner"]), batch, exits, tuple(odd))


def _readable(read: Callable[[Any], Mark], several: list, odd: list[str]) -> Iterator[Mark]:
    for one in several:
        try:
            yield read(one)
        except (ValueError, KeyError, TypeError):
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                odd.append(one["id"])


def _tap(one: Mapping[str, Any]) -> Tap:
    state = AttendanceState(one["state"]) if one["state"] is not None else None
    made_at, seen = _moment(one["at"]), _whole(one["seen"])
    return Tap(UUID(_text(one["id"])), _text(one["signup"]), state, _whole(one["missed"]), made_at, seen)


def _exit(one: Mapping[str, Any]) -> Exit:
    way = WayHome(one["way"]) if one["way"] is not None else None
    by, reason = _text(one["by"]).strip(), _text(one["reason"]).strip()
    return Exit(UUID(_text(one["id"])), _text(one["signup"]), way, by, reason, _moment(one["at"]))


def _several(value: Any) -> list:
    if not isinstance(value, list) or len(value) > MOST:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError(value)
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None or moment.year not in _YEARS:
        raise ValueError(value)
    return moment
