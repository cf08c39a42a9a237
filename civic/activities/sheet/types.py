"""What is read from a season file, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from civic.activities.types import ActivityKind, EntryMode
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

_IN_A_ROW = N_("Row %(row)s, column “%(column)s”: %(problem)s")
_IN_ROW_ALONE = N_("Row %(row)s: %(problem)s")


class CellProblem(RuleBroken):
    """What is written in a cell cannot be understood or cannot be; the sentence says how to write it."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """A sentence about one column of one row (or of the whole file, where `column` is empty); a value may be a sentence."""

    column: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, translate: Callable[..., str], row: int | None = None) -> str:
        """Return the whole sentence with row and column, in the words of `translate` (the kernel's `_`)."""
        values = {name: one.sentence(translate) if isinstance(one, FieldError) else one for name, one in self.values.items()}
        problem = translate(self.message, **values)
        if row is None:
            return problem
        if not self.column:
            return translate(_IN_ROW_ALONE, row=row, problem=problem)
        return translate(_IN_A_ROW, row=row, column=self.column, problem=problem)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as typed: `line` is the number the spreadsheet shows, `cells` maps column to text."""

    line: int
    cells: Mapping[str, str]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose headings were found; with `errors` there are no rows to look at.

    `headings` maps each known column to the heading as typed, `ignored` are headings nobody knows.
    """

    filename: str
    headings: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[SheetRow, ...] = ()
    ignored: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class OpeningDraft:
    """Places for one role, on every meeting (`per_occurrence`) or once for the whole activity."""

    kind: ActivityKind
    role: str
    minimum: int
    capacity: int
    per_occurrence: bool


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    """An activity as the file describes it. `organisation_name` is empty where the file has no such column.

    `facilitators` are the addresses of those who conduct it.
    """

    code: str
    organisation_name: str
    kind: ActivityKind
    title: str
    summary: str
    description: str
    audience: str
    age_min: int | None
    age_max: int | None
    occurrences: tuple[tuple[datetime, datetime], ...]
    place_name: str
    openings: tuple[OpeningDraft, ...]
    signup_opens_at: datetime | None
    signup_closes_at: datetime | None
    entry_mode: EntryMode
    languages: tuple[str, ...]
    accessibility: str
    action_slug: str | None
    contact: str
    facilitators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row read: a draft, or the reasons why there is none. `notes` tell what was understood and need no answer."""

    line: int
    raw: Mapping[str, str]
    draft: ActivityDraft | None
    errors: tuple[FieldError, ...] = ()
    notes: tuple[FieldError, ...] = ()
