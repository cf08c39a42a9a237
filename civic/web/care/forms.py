"""The three forms: health, going home, images. The rules judge what was written."""

from __future__ import annotations

from wtforms import BooleanField, RadioField, SelectChoice, SelectMultipleField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from civic.accounts.rules import normalise_phone, written_phone
from civic.care.rules import LONGEST_NOTE, MOST_COLLECTORS
from civic.care.types import Channel, Collection, Collector, HealthNote, Record, Release
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.web.care_tags import CHANNELS
from civic.web.forms import SubmitForm

_LONGEST_NAME = 80
_SHORT = Length(max=LONGEST_NOTE, message=N_("At most 500 characters."))
_NUMBERS = range(1, MOST_COLLECTORS + 1)


class _RecordForm(SubmitForm):
    """A record is kept under a consent of its own, ticked each time."""

    agrees = BooleanField(N_("I agree"), [InputRequired(N_("Tick the box: without your yes nothing is kept."))])


class HealthForm(_RecordForm):
    """What those who conduct should know."""

    allergies = TextAreaField(
        N_("Allergies and food"), [Optional(), _SHORT], description=N_("For example: no peanuts, not even traces")
    )
    medication = TextAreaField(
        N_("Medication"), [Optional(), _SHORT], description=N_("For example: has an inhaler in the bag and uses it alone")
    )
    support = TextAreaField(
        N_("What helps"), [Optional(), _SHORT], description=N_("For example: loud noise is hard, a quiet corner helps")
    )

    def fill(self, note: HealthNote) -> None:
        """Show what is written."""
        self.allergies.data, self.medication.data, self.support.data = note.allergies, note.medication, note.support

    def value(self) -> HealthNote:
        """Return what was typed."""
        return HealthNote(*((one.data or "").strip() for one in (self.allergies, self.medication, self.support)))


class _CollectionForm(_RecordForm):
    leaves_alone = RadioField(
        N_("May they leave alone at the end?"),
        [InputRequired(N_("Choose one."))],
        choices=[
            SelectChoice("no", N_("No, somebody comes for them")),
            SelectChoice("yes", N_("Yes, they may leave alone")),
        ],
    )

    def fill(self, collection: Collection) -> None:
        """Show what is written."""
        self.leaves_alone.data = "yes" if collection.leaves_alone else "no"
        for number, one in enumerate(collection.adults, start=1):
            self[f"name_{number}"].data, self[f"phone_{number}"].data = one.name, written_phone(one.phone)

    def value(self) -> Collection:
        """Return what was typed; raise RuleBroken, at its field, where somebody lacks a name or a number to call."""
        adults = tuple(filter(None, (self._adult(number) for number in _NUMBERS)))
        return Collection(self.leaves_alone.data == "yes", adults)

    def _adult(self, number: int) -> Collector | None:
        name, typed = ((self[f"{part}_{number}"].data or "").strip() for part in ("name", "phone"))
        if not name and not typed:
            return None
        if not name:
            raise RuleBroken(N_("Write who it is: name and family name."), field=f"name_{number}")
        if not typed:
            raise RuleBroken(
                N_("Write a telephone number too: it is called if nobody comes."), field=f"phone_{number}"
            )
        try:
            return Collector(name, normalise_phone(typed) or "")
        except RuleBroken as error:
            raise RuleBroken(error.message, field=f"phone_{number}") from None


def _adult_fields() -> dict:
    longest = Length(max=_LONGEST_NAME, message=N_("At most 80 characters."))
    names = {f"name_{number}": StringField(N_("Name and family name"), [Optional(), longest]) for number in _NUMBERS}
    return names | {f"phone_{number}": TelField(N_("Telephone"), [Optional()]) for number in _NUMBERS}


CollectionForm = type("CollectionForm", (_CollectionForm,), {"__doc__": "How a child goes home.", **_adult_fields()})


class ImagesForm(_RecordForm):
    """Where images may be shown."""

    channels = SelectMultipleField(
        N_("Where may photos and videos be shown?"),
        choices=[SelectChoice(channel.value, label) for channel, label in CHANNELS.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def fill(self, release: Release) -> None:
        """Show what is written."""
        self.channels.data = [one.value for one in release.channels]

    def value(self) -> frozenset[Channel]:
        """Return what was ticked."""
        return frozenset(Channel(one) for one in self.channels.data or ())


FORMS = {Record.HEALTH: HealthForm, Record.COLLECTION: CollectionForm, Record.IMAGES: ImagesForm}
