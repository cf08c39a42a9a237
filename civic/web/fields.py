"""Form fields of our own: what WTForms does not have."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import Field
from wtforms.widgets import TextInput

from civic.kernel.i18n import N_


class DayPartsField(Field):
    """A day typed as day, month and year in three boxes: for birthdays, which nobody looks up in a calendar.

    The three boxes share the field's name, in that order; one value `2010-11-26` is understood as well.
    """

    widget = TextInput()

    def __init__(self, label: str | None = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.typed: tuple[str, str, str] = ("", "", "")

    @property
    def parts(self) -> tuple[str, str, str]:
        """Day, month and year as they were typed, or as the value says."""
        if any(self.typed) or not isinstance(self.data, date):
            return self.typed
        return (str(self.data.day), str(self.data.month), str(self.data.year))

    def _value(self) -> str:
        return self.data.isoformat() if isinstance(self.data, date) else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; an impossible day is refused in words."""
        values = [value.strip() for value in valuelist]
        if len(values) == 1 and values[0].count("-") == 2:
            values = values[0].split("-")[::-1]
        if len(values) != 3:
            values = ["", "", ""]
        self.typed = (values[0], values[1], values[2])
        self.data = None
        if not any(values):
            return
        try:
            day, month, year = (int(value) for value in values)
            self.data = date(year if year > 99 else 0, month, day)
        except ValueError:
            raise ValueError(N_("Write a real day, for example 26 11 2010.")) from None
