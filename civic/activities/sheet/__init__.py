"""The season file: the spreadsheet of an association's secretary read into drafts of activities. No database here."""

from civic.activities.sheet.reading import read_sheet
from civic.activities.sheet.rows import parse_rows
from civic.activities.sheet.season import fingerprint, is_arranged_as, shift_weeks
from civic.activities.sheet.types import ActivityDraft, FieldError, OpeningDraft, ParsedRow, Sheet, SheetRow

__all__ = [
    "ActivityDraft",
    "FieldError",
    "OpeningDraft",
    "ParsedRow",
    "Sheet",
    "SheetRow",
    "fingerprint",
    "is_arranged_as",
    "parse_rows",
    "read_sheet",
    "shift_weeks",
]
