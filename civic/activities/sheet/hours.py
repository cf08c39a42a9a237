"""Times of day as people write them: `17:00-19:00`, `17.00 - 19.00`, `dalle 17 alle 19`, several in one cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from civic.activities.sheet.types import CellProblem
from civic.kernel import clock
from civic.kernel.i18n import N_
from civic.kernel.ids import plain

MAX_TEXT = 200
_CLOCK = r"(\d{1,2})(?: ?[:.h] ?(\d{2}))?(?: (solare|legale))?"
_RANGE = re.compile(rf"(?:dalle |ore |h )*{_CLOCK} ?(?:-|/|alle|a|fino alle) ?(?:ore )?{_CLOCK}(?!\d)")
_BETWEEN = re.compile(r"(?:[\s,;.]|\be\b|\bed\b|\bpoi\b|\bore\b|\borario\b)*")
_EVENING, _NIGHT_ENDS = 18, 6
_FOLDS = {"legale": 0, "solare": 1}


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time on the wall clock; `fold` says which of two where the person said it, `typed` how they wrote it."""

    minutes: int
    fold: int | None
    typed: str


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when."""

    start: ClockTime
    end: ClockTime


def read_hours(text: str) -> tuple[Hours, ...]:
    """Return the ranges of hours in `text`; raise CellProblem where something else stands there."""
    folded = " ".join(plain(text[: MAX_TEXT + 1]).replace("–", "-").replace("—", "-").split())
    found = list(_RANGE.finditer(folded))
    rest = _RANGE.sub(" ", folded)
    if not found or len(folded) > MAX_TEXT or not _BETWEEN.fullmatch(rest):
        raise CellProblem(N_("“%(typed)s” is no time we understand. Write 17:00-19:00."), typed=text[:MAX_TEXT])
    return tuple(Hours(_clock(match.groups()[:3]), _clock(match.groups()[3:])) for match in found)


def _clock(groups: tuple[str | None, ...]) -> ClockTime:
    hour, minute, season = groups
    typed = f"{int(hour or 0):02d}:{minute or '00'}"
    minutes = int(hour or 0) * 60 + int(minute or 0)
    if minutes > 24 * 60 or int(minute or 0) > 59:
        raise CellProblem(N_("“%(typed)s” is not a time of day."), typed=typed)
    return ClockTime(minutes, _FOLDS[season] if season else None, typed)


def meeting(day: date, hours: Hours, in_series: bool) -> tuple[datetime, datetime, bool]:
    """Return when a meeting of `day` begins and ends (UTC), and whether the change of clock moved it.

    Single dates refuse an hour that does not exist and ask which of two; a series moves the first an hour forward
    and takes the first of the two (design, section 7).
    """
    ends_on = day
    if hours.end.minutes <= hours.start.minutes:
        late = hours.start.minutes >= _EVENING * 60 and hours.end.minutes <= _NIGHT_ENDS * 60
        if not late or hours.end.minutes == hours.start.minutes:
            raise CellProblem(
                N_("The end (%(end)s) must come after the beginning (%(start)s)."),
                start=hours.start.typed,
                end=hours.end.typed,
            )
        ends_on = day + timedelta(days=1)
    starts_at, start_moved = _instant(day, hours.start, in_series)
    ends_at, end_moved = _instant(ends_on, hours.end, in_series)
    if ends_at <= starts_at:
        raise CellProblem(
            N_("The end (%(end)s) must come after the beginning (%(start)s)."), start=hours.start.typed, end=hours.end.typed
        )
    return starts_at, ends_at, start_moved or end_moved


def _instant(day: date, at: ClockTime, in_series: bool) -> tuple[datetime, bool]:
    local = datetime.combine(day, time()) + timedelta(minutes=at.minutes)
    values = {"date": day.strftime("%d/%m/%Y"), "time": at.typed}
    skipped, doubled = clock.is_nonexistent(local), clock.is_ambiguous(local)
    if skipped and not in_series:
        raise CellProblem(
            N_("On %(date)s the clock goes from 02:00 to 03:00, so %(time)s does not exist: write another time."), **values
        )
    if doubled and at.fold is None and not in_series:
        raise CellProblem(
            N_("On %(date)s %(time)s comes twice: write “%(time)s legale” for the first or “%(time)s solare” for the second."),
            **values,
        )
    moved = skipped or (doubled and at.fold is None)
    return clock.from_rome(local, at.fold or 0), moved
