"""A file of bytes becomes a sheet of text, or one sentence that says why it cannot."""

from __future__ import annotations

import csv
import io
import unicodedata

from civic.activities.sheet.headings import Headings, find_headings, missing_columns
from civic.activities.sheet.types import CellProblem, FieldError, Sheet, SheetRow
from civic.activities.sheet.workbook import MAX_CELL, read_workbook
from civic.kernel.i18n import N_

MAX_BYTES = 2_000_000
MAX_ROWS = 1_000
_DELIMITERS = (";", ",", "\t")
_SNIFFED = 100_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Grid = list[list[str]]


def read_sheet(filename: str, content: bytes) -> Sheet:
    """Return the sheet in `content`, told by its bytes and not by its name; never raises, whatever they are."""
    try:
        return _sheet(filename, content)
    except CellProblem as problem:
        return Sheet(filename, errors=(FieldError("", problem.message, problem.values),))


def _sheet(filename: str, content: bytes) -> Sheet:
    if not content.strip():
        raise CellProblem(N_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise CellProblem(N_("The file is larger than %(megabytes)s MB: split it in two."), megabytes=MAX_BYTES // 1_000_000)
    if content.startswith(_OLD_OFFICE):
        raise CellProblem(N_("This is an old Excel file (.xls): open it and save it as .xlsx or as CSV."))
    for grid in _grids(content):
        cleaned = [[_clean(cell) for cell in row] for row in grid]
        headings = find_headings(cleaned)
        if headings is not None:
            return _with_headings(filename, cleaned, headings)
    raise CellProblem(N_("We found no headings such as Codice, Titolo, Date, Luogo: are you sure this is the season file?"))


def _grids(content: bytes) -> list[Grid]:
    """Return every table the file may hold: the sheets of a workbook, or the text cut at its most likely separator."""
    if content.startswith(b"PK"):
        return read_workbook(content)
    text = _decode(content)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return [[[], *_cut(rest, first.strip()[-1])]]
    return [_cut(text, _delimiter(text))]


def _decode(content: bytes) -> str:
    if content.startswith(_UTF_16):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise CellProblem(N_("We cannot read this file: save it as .xlsx or as CSV (UTF-8)."))


def _delimiter(text: str) -> str:
    """Return the separator that shows the most known headings."""
    start = text[:_SNIFFED]

    def headings_seen(delimiter: str) -> int:
        try:
            found = find_headings([[_clean(cell) for cell in row] for row in _cut(start, delimiter)])
        except CellProblem:
            return 0
        return len(found.columns) if found else 0

    return max(_DELIMITERS, key=headings_seen)


def _cut(text: str, delimiter: str) -> Grid:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise CellProblem(N_("A quotation mark was opened and never closed: check the texts between quotation marks.")) from error


def _clean(cell: str) -> str:
    """Return the text in one form of Unicode, with plain line ends and without invisible control characters."""
    text = unicodedata.normalize("NFC", cell).replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")).strip()


def _with_headings(filename: str, grid: Grid, headings: Headings) -> Sheet:
    missing = missing_columns(headings)
    if missing:
        raise CellProblem(N_("These columns are missing: %(columns)s."), columns=", ".join(missing))
    if headings.repeated:
        raise CellProblem(N_("These columns appear twice: %(columns)s."), columns=", ".join(headings.repeated))
    rows = tuple(_row(line, cells, headings) for line, cells in enumerate(grid, start=1) if line > headings.line and any(cells))
    if not rows:
        raise CellProblem(N_("There are headings but no rows below them."))
    if len(rows) > MAX_ROWS:
        raise CellProblem(N_("There are more than %(rows)s rows: split the file in two."), rows=MAX_ROWS)
    return Sheet(filename, headings.names, rows, headings.ignored)


def _row(line: int, cells: list[str], headings: Headings) -> SheetRow:
    width = headings.width
    known = {key: cells[index] if index < len(cells) else "" for key, index in headings.columns.items()}
    too_long = next((key for key, text in known.items() if len(text) > MAX_CELL), None)
    if too_long is not None:
        raise CellProblem(
            N_("Row %(row)s, column “%(column)s”: the text is longer than %(limit)s characters. Is a quotation mark left open?"),
            row=line,
            column=headings.names[too_long],
            limit=MAX_CELL,
        )
    return SheetRow(line, known, tuple(cell for cell in cells[width:] if cell))
