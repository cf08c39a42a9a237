"""The sheets of an .xlsx file as text, without letting a small file grow into a large one."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from civic.activities.sheet.types import CellProblem
from civic.kernel.i18n import N_

MAX_UNPACKED = 30_000_000
MAX_PARTS = 500
MAX_LINES = 20_000
MAX_COLUMNS = 80
MAX_SHEETS = 10
MAX_CELL = 10_000
MAX_CHARACTERS = 2_000_000
MAX_CELLS = 100_000
_LOOKED_AT = 2_048


def read_workbook(content: bytes) -> list[list[list[str]]]:
    """Return the cells of each sheet as people see them; raise CellProblem for what is no workbook or too large."""
    _check_safe(content)
    # openpyxl answers a damaged file with whatever exception the damage happens to cause.
    try:
        return _sheets(content)
    except CellProblem:
        raise
    except Exception as error:
        raise CellProblem(N_("We cannot read this file: open it, save it again as .xlsx or CSV and retry.")) from error


def _check_safe(content: bytes) -> None:
    """Raise CellProblem for an archive that unpacks to too much or defines its own entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise CellProblem(N_("The file unpacks to far more than a season: copy the rows into a new file."))
            if "xl/workbook.xml" not in archive.namelist():
                raise CellProblem(N_("This is not an Excel file: save it as .xlsx or as CSV."))
            for part in parts:
                _check_without_entities(archive, part)
    except CellProblem:
        raise
    except Exception as error:  # zipfile too raises what the damage causes (struct, EOF, unsupported methods)
        raise CellProblem(N_("We cannot read this file: open it, save it again as .xlsx or CSV and retry.")) from error


def _check_without_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if not part.filename.endswith((".xml", ".rels")):
        return
    with archive.open(part) as handle:
        start = handle.read(_LOOKED_AT).replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise CellProblem(N_("This is not an Excel file: save it as .xlsx or as CSV."))


def _sheets(content: bytes) -> list[list[list[str]]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        budget = _Budget()
        return [_lines(sheet, budget) for sheet in book.worksheets[:MAX_SHEETS]]
    finally:
        book.close()


class _Budget:
    """What all the sheets of a file may say together: a text that stands once in the file may be shown a million times."""

    def __init__(self) -> None:
        self._cells = self._characters = 0

    def spend(self, line: int, text: str) -> str:
        """Return `text`, counted; raise CellProblem where it, or all that was read so far, is more than a season."""
        if len(text) > MAX_CELL:
            problem = N_("Row %(row)s: a text is longer than %(limit)s characters: shorten it.")
            raise CellProblem(problem, row=line, limit=MAX_CELL)
        self._cells += 1
        self._characters += len(text)
        if self._cells > MAX_CELLS or self._characters > MAX_CHARACTERS:
            raise CellProblem(N_("The file unpacks to far more than a season: copy the rows into a new file."))
        return text


def _lines(sheet: Any, budget: _Budget) -> list[list[str]]:
    """Return the rows of `sheet` down to the last one that is not empty."""
    # Some programs write a wrong size of the sheet; without it the rows themselves are counted.
    sheet.reset_dimensions()
    lines: list[list[str]] = []
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), start=1):
        if number > MAX_LINES:
            raise CellProblem(N_("The sheet goes on for more than %(rows)s lines: delete the empty ones below."), rows=MAX_LINES)
        lines.append(["" if value is None else budget.spend(number, _shown(value)) for value in row])
    while lines and not any(lines[-1]):
        lines.pop()
    return lines


def _shown(value: Any) -> str:
    """Return a cell's value as a person would have typed it."""
    if isinstance(value, bool):
        return "sì" if value else "no"
    if isinstance(value, datetime):
        has_time = (value.hour, value.minute) != (0, 0)
        return value.strftime("%d/%m/%Y %H:%M" if has_time else "%d/%m/%Y")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
