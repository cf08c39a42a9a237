"""What a phone sends of its sheet: marks and notes of going home, read from JSON; anything malformed is refused as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from civic.activities.services.taps import Batch, Tap
from civic.activities.types import AttendanceState
from civic.care.services.departing import Exit
from civic.care.types import WayHome

MOST = 500
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Received:
    """What was sent at once."""

    batch: Batch
    exits: tuple[Exit, ...]


def read_batch(sent: Any) -> Received:
    """Return what was sent; raises ValueError, KeyError or TypeError for what no sheet of ours sends."""
    taps = tuple(_tap(one) for one in _several(sent["taps"]))
    exits = tuple(_exit(one) for one in _several(sent["exits"]))
    return Received(Batch(UUID(_text(sent["device"])), _moment(sent["sent_at"]), taps), exits)


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
