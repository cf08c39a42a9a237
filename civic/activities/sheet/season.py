"""A season as a whole: whether a row has changed since it was last read, and the demo's season kept ahead of today."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any

from civic.activities.sheet.types import ActivityDraft, ParsedRow
from civic.kernel import clock

_AHEAD = timedelta(days=4)
_ARRANGEMENT = ("occurrences", "place_name", "openings")
_HALF = 32


def fingerprint(draft: ActivityDraft) -> str:
    """Return what tells this row from another: the same file read again changes nothing.

    The first half is of the words, the second of dates, place and places, which people are told about when they change.
    """
    words = asdict(draft)
    # Who conducts a row is read once, when it is new: after that the desk says it.
    del words["facilitators"]
    return _digest(words) + _digest({name: words[name] for name in _ARRANGEMENT})


def is_arranged_as(draft: ActivityDraft, before: str | None) -> bool:
    """Whether dates, place and places are those of the row whose fingerprint was `before`."""
    return before is not None and fingerprint(draft)[_HALF:] == before[_HALF:]


def _digest(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:_HALF]


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def shift_weeks(rows: Iterable[ParsedRow], today: date) -> list[ParsedRow]:
    """Return `rows` later by as many whole weeks as it takes for every meeting to be at least four days after `today`.

    Weekdays and wall-clock times stay; a season that is still ahead stays as it is. The shift depends on `today`, so
    whoever loads the same file twice passes the day of the first time.
    """
    listed = list(rows)
    starts = [start for row in listed if row.draft for start, _ in row.draft.occurrences]
    if not starts:
        return listed
    behind = today + _AHEAD - clock.to_rome(min(starts)).date()
    weeks = max(0, -(-behind.days // 7))
    return [replace(row, draft=_later(row.draft, weeks)) if row.draft and weeks else row for row in listed]


def _later(draft: ActivityDraft, weeks: int) -> ActivityDraft:
    def move(instant: datetime) -> datetime:
        local = clock.to_rome(instant)
        return clock.from_rome(local.replace(tzinfo=None) + timedelta(weeks=weeks), local.fold)

    return replace(
        draft,
        occurrences=tuple((move(start), move(end)) for start, end in draft.occurrences),
        signup_opens_at=move(draft.signup_opens_at) if draft.signup_opens_at else None,
        signup_closes_at=move(draft.signup_closes_at) if draft.signup_closes_at else None,
    )
