"""Form fields of our own: what WTForms does not have."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import DateField, DateTimeLocalField, Field, Form
from wtforms.validators import Email, ValidationError
from wtforms.widgets import TextInput

from civic.kernel import clock
from civic.kernel.i18n import N_


class MailAddress(Email):
    """One address that every mail server takes: letters with accents may stand in its domain only."""

    def __init__(self) -> None:
        super().__init__(message=N_("Write an address like name@example.org."), allow_smtputf8=False)

    def __call__(self, form: Form, field: Field) -> None:
        """Say which letters are wrong where an address would be good but for them."""
        if not (field.data or "").rpartition("@")[0].isascii():
            raise ValidationError(N_("Before the @ only letters without accents: our mail would not arrive."))
        super().__call__(form, field)


EMAIL = MailAddress()


def read_day(text: str | None) -> date | None:
    """Return the day that an address asks for, None where it cannot be understood or nobody can mean it."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if clock.is_within_reach(day) else None


class DayField(DateField):
    """A day that people can mean."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day; one of another age is refused in words."""
        super().process_formdata(valuelist)
        _check_reach(self)


class MomentField(DateTimeLocalField):
    """A day and an hour that people can mean."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the moment; one of another age is refused in words."""
        super().process_formdata(valuelist)
        _check_reach(self)


def _check_reach(field: Field) -> None:
    if field.data is not None and not clock.is_within_reach(field.data):
        field.data = None
        raise ValueError(N_("Check the year of this date."))


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
