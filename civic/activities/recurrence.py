"""Meetings from the wall clock of Rome: what was typed is checked, what repeats follows the clock and says what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from civic.activities.rules import LONGEST_OCCURRENCE
from civic.kernel import clock
from civic.kernel.calendar import is_holiday, is_school_break
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, format_day

MOST_MEETINGS = 60
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Typed:
    """One meeting as it was typed. `fold` says which of two equal times is meant: 0 the first, 1 the second.

    `follows_school` leaves out the breaks of schools as well as the holidays when it is repeated.
    """

    day: date
    starts: time
    ends: time
    fold: int | None = None
    follows_school: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was done and must be seen; `message` is a message id, `values` fill it."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Series:
    """The meetings (start, end) that come of one typed meeting, and what was skipped or shifted."""

    meetings: tuple[tuple[datetime, datetime], ...]
    notes: tuple[Note, ...] = ()


def instant_of(day: date, at: time, fold: int | None, field_name: str) -> datetime:
    """Return the instant of a typed time; raise RuleBroken where it does not exist, or exists twice and nobody said which."""
    local = datetime.combine(day, at)
    values = {"date": format_day(day), "time": at.strftime("%H:%M")}
    if clock.is_nonexistent(local):
        message = N_("On %(date)s the clock goes from 02:00 to 03:00, so %(time)s does not exist: write another time.")
        raise RuleBroken(message, field=field_name, **values)
    if clock.is_ambiguous(local) and fold is None:
        message = N_("On %(date)s %(time)s comes twice, because the clock goes back: say which one.")
        raise RuleBroken(message, field="fold", **values)
    return clock.from_rome(local, fold or 0)


def span_of(typed: Typed) -> tuple[datetime, datetime]:
    """Return start and end of the typed meeting: an end that is earlier than the start is of the next day.

    Where that makes it longer than any meeting, the two hours were exchanged: RuleBroken.
    """
    goes_on = typed.ends < typed.starts
    starts_at = instant_of(typed.day, typed.starts, typed.fold, "starts")
    ends_at = instant_of(typed.day + _DAY if goes_on else typed.day, typed.ends, typed.fold, "ends")
    if ends_at <= starts_at or (goes_on and ends_at - starts_at > LONGEST_OCCURRENCE):
        raise RuleBroken(N_("The end must be after the start."), field="ends")
    return starts_at, ends_at


def _note_on_night(typed: Typed, ends_at: datetime) -> list[Note]:
    if typed.ends > typed.starts:
        return []
    values = {"time": typed.ends.strftime("%H:%M"), "day": format_day(ends_at)}
    return [Note(N_("It goes on after midnight, until %(time)s of %(day)s."), values)]


def expand(typed: Typed, times: int = 1, until: date | None = None) -> Series:
    """Return the typed meeting and its weekly repetitions: `times` in all, or up to `until`; holidays are left out, and the
    breaks of schools where it follows them."""
    starts_at, ends_at = span_of(typed)
    if times > MOST_MEETINGS:
        raise RuleBroken(N_("These are more than %(limit)s meetings."), field="times", limit=MOST_MEETINGS)
    if until is not None and until < typed.day:
        raise RuleBroken(N_("The last day comes before the first."), field="until")
    wanted = times if times > 1 or until is None else MOST_MEETINGS
    meetings, notes, day = [(starts_at, ends_at)], _note_on_night(typed, ends_at), typed.day
    while len(meetings) < wanted:
        day += _WEEK
        if until is not None and day > until:
            break
        if reason := _why_left_out(day, typed):
            notes.append(Note(reason, {"date": format_day(day)}))
            continue
        notes.extend(_notes_of(day, typed.starts))
        start = clock.from_rome(datetime.combine(day, typed.starts))
        meetings.append((start, start + (ends_at - starts_at)))
    return Series(tuple(meetings), tuple(notes))


def _why_left_out(day: date, typed: Typed) -> str | None:
    if is_holiday(day):
        return N_("%(date)s is a holiday: left out.")
    if typed.follows_school and is_school_break(day):
        return N_("On %(date)s schools are closed: left out.")
    return None


def _notes_of(day: date, at: time) -> list[Note]:
    local = datetime.combine(day, at)
    if clock.is_nonexistent(local):
        values = {"date": format_day(day), "time": at.strftime("%H:%M")}
        return [Note(N_("On %(date)s %(time)s does not exist: the meeting begins an hour later."), values)]
    if clock.is_ambiguous(local):
        values = {"date": format_day(day), "time": at.strftime("%H:%M")}
        return [Note(N_("On %(date)s %(time)s comes twice: the meeting is at the first."), values)]
    return []
