"""Dates as people write them in Italy: one, several, or a weekday from a day to another, with exceptions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from civic.activities.sheet.types import CellProblem, FieldError
from civic.activities.sheet.words import MONTHS, WEEKDAYS
from civic.kernel.calendar import is_holiday
from civic.kernel.i18n import N_
from civic.kernel.ids import plain

MAX_TEXT = 1_000
MAX_DAYS = 200
_MAX_SPAN = timedelta(days=400)
_GUESSED_SPAN = timedelta(days=300)
_YEARS = range(2020, 2100)
_WD = r"lun(?:edi)?|mar(?:tedi)?|mer(?:coledi)?|gio(?:vedi)?|ven(?:erdi)?|sab(?:ato)?|dom(?:enica)?"
_MONTH = (
    r"gen(?:naio)?|feb(?:braio)?|mar(?:zo)?|apr(?:ile)?|mag(?:gio)?|giu(?:gno)?|lug(?:lio)?|ago(?:sto)?|"
    r"set(?:t(?:embre)?)?|ott(?:obre)?|nov(?:embre)?|dic(?:embre)?"
)
_DAY = re.compile(
    rf"(?:il |l'|i |le |lo )?(?:(?P<weekday>{_WD})\.? )?"
    rf"(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})(?: 00:00(?::00)?)?"
    rf"|(?P<day>\d{{1,2}})[°º]?(?: ?[/.-] ?(?P<month>\d{{1,2}})(?: ?[/.-] ?(?P<year>\d{{4}}|\d{{2}})(?!\d))?"
    rf"| (?:di )?(?P<name>{_MONTH})\b\.?(?: (?:del )?(?P<named_year>\d{{4}}))?)?)"
    r"(?: (?P<hours>\D{0,7}\d.*))?"
)
_SERIES = re.compile(r"(?:ogni|tutti i|tutte le|tutti|tutte) (?P<days>.+)")
_ALTERNATE = re.compile(r",? ?(?:a settimane alterne|ogni due settimane|una settimana si e una no)\b")
_EXCEPT = re.compile(r"[ ,(]+(?:tranne|eccetto|esclus[oaie]|salvo|meno|ma non)\b:? ?")
_FROM = re.compile(r",? (?:a partire )?dal(?:l'| )")
_TO = re.compile(r",? (?:fino )?al(?:l'| )")
_AND = re.compile(r",| e (?:poi )?| ed ")
_HOLIDAYS = re.compile(r"(?:i |le |nei )?(?:giorni )?(?:festiv[ie]|feste|festivita)")
_EVERY_DAY = ("giorno", "giorni")


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A day on which there is a meeting; `hours` as typed beside it, `in_series` where it comes from a rule."""

    day: date
    hours: str = ""
    in_series: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A date of which the month or the year may still be missing."""

    typed: str
    day: int
    month: int | None
    year: int | None
    weekday: int | None
    hours: str = ""
    is_year_guessed: bool = False


def read_days(text: str) -> tuple[list[PlannedDay], list[FieldError]]:
    """Return the days that `text` names, in order, and what is worth a note; raise CellProblem where it names none."""
    if len(text) > MAX_TEXT:
        raise CellProblem(N_("This is longer than %(limit)s characters."), limit=MAX_TEXT)
    days: list[PlannedDay] = []
    notes: list[FieldError] = []
    for segment in _segments(text):
        series = _SERIES.fullmatch(segment)
        if series:
            days += _series(series["days"], segment, notes)
        else:
            days += _listed(segment)
    if not days:
        raise CellProblem(N_("This cannot be empty."))
    if len(days) > MAX_DAYS:
        raise CellProblem(N_("These are more than %(limit)s meetings."), limit=MAX_DAYS)
    return sorted(days, key=lambda planned: planned.day), notes


def read_day(text: str) -> date:
    """Return the one day that `text` names; raise CellProblem otherwise."""
    days, _ = read_days(text)
    if len(days) != 1 or days[0].hours or days[0].in_series:
        raise _not_understood(text)
    return days[0].day


def _segments(text: str) -> list[str]:
    folded = plain(text).replace("’", "'").replace("–", "-").replace("—", "-").replace("`", "'")
    folded = re.sub(rf"\b({_WD}),\s+(?=\d)", r"\1 ", folded)
    segments = [" ".join(segment.split()).strip(" ,.") for segment in re.split(r"[;\n]", folded)]
    return [segment for segment in segments if segment]


def _listed(segment: str) -> list[PlannedDay]:
    parts = _list(segment)
    days = [PlannedDay(_as_date(part), part.hours) for part in parts]
    for before, part, planned in zip(days, parts[1:], days[1:], strict=False):
        if part.is_year_guessed and planned.day < before.day:
            raise _incomplete(part)
    if parts and parts[0].is_year_guessed and days[-1].day - days[0].day > _GUESSED_SPAN:
        raise _incomplete(parts[0])
    return days


def _list(segment: str) -> list[_Part]:
    """Return the dates of "5, 12 e 19 marzo 2027": what one leaves out is taken from the next."""
    parts = [_part(item.strip()) for item in _AND.split(segment) if item.strip()]
    for index in range(len(parts) - 2, -1, -1):
        parts[index] = _completed(parts[index], parts[index + 1])
    return parts


def _part(item: str) -> _Part:
    found = _DAY.fullmatch(item)
    if not found:
        raise _not_understood(item)
    weekday = WEEKDAYS.index(found["weekday"][:3]) if found["weekday"] else None
    hours = found["hours"] or ""
    if found["iso"]:
        year, month, day = (int(number) for number in found["iso"].split("-"))
        return _Part(item, day, month, year, weekday, hours)
    month = int(found["month"]) if found["month"] else MONTHS.index(found["name"][:3]) + 1 if found["name"] else None
    typed_year = found["year"] or found["named_year"]
    year = int(typed_year) + (2000 if len(typed_year) == 2 else 0) if typed_year else None
    return _Part(item, int(found["day"]), month, year, weekday, hours)


def _completed(part: _Part, following: _Part) -> _Part:
    month = part.month or following.month
    if part.year is not None or following.year is None or month is None or following.month is None:
        return replace(part, month=month, year=part.year)
    # "27/12, 3/1/2027": dates are written in order, so the December one is of the year before.
    later = (month, part.day) > (following.month, following.day)
    return replace(part, month=month, year=following.year - later, is_year_guessed=True)


def _as_date(part: _Part) -> date:
    if part.month is None or part.year is None:
        raise _incomplete(part)
    return _checked(part, part.year, part.month)


def _checked(part: _Part, year: int, month: int) -> date:
    try:
        day = date(year, month, part.day)
    except ValueError as error:
        raise CellProblem(N_("“%(typed)s” is not in the calendar."), typed=part.typed) from error
    if day.year not in _YEARS:
        raise CellProblem(N_("“%(typed)s”: is the year right?"), typed=part.typed)
    if part.weekday is not None and day.weekday() != part.weekday:
        raise CellProblem(
            N_("“%(typed)s”: %(date)s is another day of the week."), typed=part.typed, date=day.strftime("%d/%m/%Y")
        )
    return day


def _series(rule: str, segment: str, notes: list[FieldError]) -> list[PlannedDay]:
    """Return the days of "giovedì dal 26/11/2026 al 17/12/2026 tranne 8/12", exceptions taken out."""
    body, *exceptions = _EXCEPT.split(rule.rstrip(")"), maxsplit=1)
    weekdays_text, *limits = _FROM.split(body, maxsplit=1)
    ends = _TO.split(limits[0], maxsplit=1) if limits else []
    if len(ends) != 2:
        raise _not_understood(segment)
    every = 2 if _ALTERNATE.search(weekdays_text) else 1
    weekdays = _weekdays(_ALTERNATE.sub("", weekdays_text), segment)
    first, last = _list(f"{ends[0]}, {ends[1]}")
    start, end = _as_date(first), _as_date(last)
    if not start <= end <= start + _MAX_SPAN:
        raise CellProblem(N_("“%(typed)s”: the end must come after the beginning, within a year."), typed=segment)
    days = _stepped(start, end, weekdays, every)
    skipped, named = _skipped(exceptions[0], start, end) if exceptions else (set(), set())
    for day in sorted(named - set(days)):
        notes.append(FieldError("", N_("%(date)s was not one of the days anyway."), {"date": day.strftime("%d/%m/%Y")}))
    kept = [PlannedDay(day, last.hours, in_series=True) for day in days if day not in skipped]
    if not kept:
        raise CellProblem(N_("“%(typed)s”: no day is left."), typed=segment)
    return kept


def _weekdays(text: str, segment: str) -> set[int]:
    words = [word.strip(" .").removeprefix("i ").removeprefix("le ") for word in _AND.split(text) if word.strip(" .")]
    if words and all(word in _EVERY_DAY for word in words):
        return set(range(7))
    if not words or not all(re.fullmatch(_WD, word) for word in words):
        raise _not_understood(segment)
    return {WEEKDAYS.index(word[:3]) for word in words}


def _stepped(start: date, end: date, weekdays: set[int], every: int) -> list[date]:
    monday = start - timedelta(days=start.weekday())
    days = (start + timedelta(days=number) for number in range((end - start).days + 1))
    return [day for day in days if day.weekday() in weekdays and ((day - monday).days // 7) % every == 0]


def _skipped(text: str, start: date, end: date) -> tuple[set[date], set[date]]:
    """Return the days that the exceptions take out between `start` and `end`, and those named one by one."""
    skipped: set[date] = set()
    items = [item.strip(" )") for item in _AND.split(text) if item.strip(" )")]
    plain_items = []
    for item in items:
        if _HOLIDAYS.fullmatch(item):
            skipped |= {day for day in _every(start, end) if is_holiday(day)}
        elif _FROM.match(f" {item}"):
            skipped |= _skipped_span(item, start, end)
        else:
            plain_items.append(item)
    named = {_within(part, start, end) for part in _list(", ".join(plain_items))}
    return skipped | named, named


def _skipped_span(item: str, start: date, end: date) -> set[date]:
    ends = _TO.split(_FROM.sub("", f" {item}", count=1), maxsplit=1)
    if len(ends) != 2:
        raise _not_understood(item)
    first, last = (_within(part, start, end) for part in _list(f"{ends[0]}, {ends[1]}"))
    if first > last:
        raise _not_understood(item)
    return set(_every(first, last))


def _every(start: date, end: date) -> list[date]:
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def _within(part: _Part, start: date, end: date) -> date:
    """Return the date of an exception; without a year it is the one that falls inside the series."""
    if part.month is None:
        raise _incomplete(part)
    years = [part.year] if part.year is not None else range(start.year, end.year + 1)
    found = [day for day in (_try(part, year) for year in years) if day is not None and start <= day <= end]
    if len(found) != 1:
        raise CellProblem(N_("The exception “%(typed)s” is not between the two dates."), typed=part.typed)
    return found[0]


def _try(part: _Part, year: int) -> date | None:
    try:
        return date(year, part.month or 0, part.day)
    except ValueError:
        return None


def _incomplete(part: _Part) -> CellProblem:
    return CellProblem(N_("“%(typed)s” needs day, month and year, like 26/11/2026."), typed=part.typed)


def _not_understood(typed: str) -> CellProblem:
    return CellProblem(
        N_("“%(typed)s” is no date we understand. Write 26/11/2026, or ogni giovedì dal 26/11/2026 al 17/12/2026 tranne 8/12."),
        typed=typed,
    )
