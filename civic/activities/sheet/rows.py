"""Rows of text become drafts of activities, or sentences that say what to correct and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from civic.activities.sheet import cells
from civic.activities.sheet.meetings import Meetings, read_meetings
from civic.activities.sheet.types import (
    ActivityDraft,
    CellProblem,
    FieldError,
    OpeningDraft,
    ParsedRow,
    Sheet,
    SheetRow,
)
from civic.activities.sheet.words import LABELS
from civic.activities.types import ActivityKind, EntryMode
from civic.kernel.i18n import N_

Value = TypeVar("Value")


class _Reader:
    """One row under reading: each cell is tried, each problem kept with the heading of its column."""

    def __init__(self, sheet: Sheet, row: SheetRow) -> None:
        self._sheet = sheet
        self._row = row
        self.errors: list[FieldError] = []

    def text(self, key: str) -> str:
        """Return what is typed in the column, empty where the file has no such column."""
        return self._row.cells.get(key, "")

    def heading(self, key: str) -> str:
        """Return the heading as typed, or its usual name where the file does not have it."""
        return self._sheet.headings.get(key) or LABELS.get(key, key)

    def report(self, key: str, problem: CellProblem) -> None:
        """Keep the problem of a column."""
        self.errors.append(FieldError(self.heading(key) if key else "", problem.message, problem.values))

    def read(self, key: str, reader: Callable[[str], Value], otherwise: Value) -> Value:
        """Return what `reader` makes of the cell; where it cannot, keep the problem and return `otherwise`."""
        try:
            return reader(self.text(key))
        except CellProblem as problem:
            self.report(key, problem)
            return otherwise


def parse_rows(sheet: Sheet) -> list[ParsedRow]:
    """Return every row of `sheet` read, with a draft where nothing is wrong with it."""
    seen: dict[str, int] = {}
    return [_parsed(sheet, row, seen) for row in sheet.rows]


def _parsed(sheet: Sheet, row: SheetRow, seen: dict[str, int]) -> ParsedRow:
    reader = _Reader(sheet, row)
    code = reader.read("code", cells.read_code, "")
    if code in seen:
        reader.report("code", CellProblem(N_("The code %(code)s is also on row %(other)s."), code=code, other=seen[code]))
    elif code:
        seen[code] = row.line
    if row.extra:
        reader.report(
            "", CellProblem(N_("There are more cells than headings: a text with ; or , in it needs quotation marks around it."))
        )
    meetings, notes = read_meetings(reader.text("dates"), reader.text("hours"), reader.report)
    draft = _draft(reader, code, meetings)
    errors = tuple(reader.errors)
    placed = tuple(FieldError(reader.heading("dates"), note.message, note.values) for note in notes)
    return ParsedRow(row.line, dict(row.cells), None if errors else draft, errors, placed)


def _draft(reader: _Reader, code: str, meetings: Meetings) -> ActivityDraft:
    """Return the draft; it is only good if `reader` kept no problem."""
    kind = reader.read("kind", cells.read_kind, ActivityKind.WORKSHOP)
    age_min, age_max = _ages(reader)
    opens, closes = reader.read("signup_opens", cells.read_opens, None), reader.read("signup_closes", cells.read_closes, None)
    if opens and closes and opens >= closes:
        reader.report("signup_closes", CellProblem(N_("Sign-up must close after it opens.")))
    if meetings and closes and closes > meetings[-1][1]:
        reader.report("signup_closes", CellProblem(N_("Sign-up cannot close after the last meeting is over.")))
    return ActivityDraft(
        code=code,
        organisation_name=reader.read("organisation", lambda text: cells.read_line(text, 200), ""),
        kind=kind,
        title=reader.read("title", lambda text: cells.read_line(text, 120, shortest=3), ""),
        summary=reader.read("summary", lambda text: cells.read_line(text, 250), ""),
        description=reader.read("description", lambda text: cells.read_text(text, 5_000), ""),
        audience=reader.read("audience", lambda text: cells.read_line(text, 300), ""),
        age_min=age_min,
        age_max=age_max,
        occurrences=meetings,
        place_name=reader.read("place", lambda text: cells.read_line(text, 200, shortest=2), ""),
        openings=_openings(reader, kind),
        signup_opens_at=opens,
        signup_closes_at=closes,
        entry_mode=reader.read("entry_mode", cells.read_entry_mode, EntryMode.INSTANT),
        languages=reader.read("languages", cells.read_languages, ()),
        accessibility=reader.read("accessibility", lambda text: cells.read_text(text, 1_000), ""),
        action_slug=reader.read("action", cells.read_action, None),
        contact=reader.read("contact", cells.read_contact, ""),
        facilitators=reader.read("facilitators", cells.read_addresses, ()),
    )


def _wrong_way(least: int, most: int) -> CellProblem:
    return CellProblem(N_("The ages are the wrong way round: from %(least)s to %(most)s."), least=least, most=most)


def _ages(reader: _Reader) -> tuple[int | None, int | None]:
    least, most = reader.read("ages", cells.read_ages, (None, None))
    least = reader.read("age_min", lambda text: cells.read_number(text, cells.MAX_AGE), None) or least
    most = reader.read("age_max", lambda text: cells.read_number(text, cells.MAX_AGE), None) or most
    if least is not None and most is not None and least > most:
        reader.report("age_max", _wrong_way(least, most))
    return least, most


def _openings(reader: _Reader, kind: ActivityKind) -> tuple[OpeningDraft, ...]:
    before = len(reader.errors)
    capacity = reader.read("capacity", lambda text: cells.read_number(text, cells.MAX_PLACES), None)
    minimum = reader.read("minimum", lambda text: cells.read_number(text, cells.MAX_PLACES), None)
    roles = reader.read("roles", cells.read_roles, [])
    per_meeting = reader.read("scope", lambda text: cells.read_per_meeting(text, kind), False)
    if len(reader.errors) > before:
        return ()
    return reader.read("capacity", lambda _: cells.openings(kind, capacity, minimum, roles, per_meeting), ())
