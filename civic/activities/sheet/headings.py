"""Which row holds the headings, and which column is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from civic.activities.sheet.words import HEADINGS, LABELS, REQUIRED
from civic.programme.names import comparable

_LOOKED_AT = 30
_ENOUGH = 4
_KEY_OF = {spelling: key for key, spellings in HEADINGS.items() for spelling in spellings}


@dataclass(frozen=True, slots=True)
class Headings:
    """The row of headings: its line, the column of each key, the headings as typed, and those nobody knows."""

    line: int
    columns: Mapping[str, int]
    names: Mapping[str, str]
    ignored: tuple[str, ...]
    repeated: tuple[str, ...]
    width: int


def find_headings(grid: list[list[str]]) -> Headings | None:
    """Return the headings of `grid`: the first row that names the most known columns, or None where none does.

    Rows above it (a title, the name of the season) are skipped. Where cells were merged, a heading may stand a row
    higher, or only make sense together with the one above: "Età" over "da" and "a".
    """
    best: Headings | None = None
    above: list[str] = []
    for index, row in enumerate(grid[:_LOOKED_AT]):
        found = _read(index + 1, row, above)
        if best is None or len(found.columns) > len(best.columns):
            best = found
        above = row
    return best if best is not None and len(best.columns) >= _ENOUGH else None


def _read(line: int, row: list[str], above: list[str]) -> Headings:
    columns: dict[str, int] = {}
    names: dict[str, str] = {}
    ignored: list[str] = []
    repeated: list[str] = []
    group = ""
    width = max(len(row), len(above))
    for index in range(width):
        own = row[index] if index < len(row) else ""
        over = above[index] if index < len(above) else ""
        group = over or group
        key, name = _recognise(own, over, group)
        if key is None:
            ignored += [own] if own else []
        elif key in columns:
            repeated.append(name)
        else:
            columns[key], names[key] = index, name
    return Headings(line, columns, names, tuple(ignored), tuple(repeated), width)


def _recognise(own: str, over: str, group: str) -> tuple[str | None, str]:
    """Return the key and the shown name of a heading with `over` above it and `group` the merged cell it stands under."""
    together = f"{group} {own}"
    candidates = ((together, own), (own, own)) if own and group else ((own, own),) if own else ((over, over),)
    for text, _ in candidates:
        key = _KEY_OF.get(comparable(text))
        if key is not None:
            return key, " ".join(text.split())
    return None, own


def missing_columns(headings: Headings) -> list[str]:
    """Return the headings without which no activity can be made."""
    missing = [LABELS[key] for key in REQUIRED if key not in headings.columns]
    if "capacity" not in headings.columns and "roles" not in headings.columns:
        missing.append(LABELS["capacity"])
    return missing
