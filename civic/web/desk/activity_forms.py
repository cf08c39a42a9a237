"""Forms of an activity: its words, its meetings, its places."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from civic.activities.rules import MOST_MEETS_MINUTES
from civic.activities.types import ActivityKind, AgeBasis, EntryMode
from civic.initiatives.queries import list_of_organisation
from civic.kernel.i18n import N_, current_language
from civic.programme.queries import list_actions, list_places
from civic.web.fields import DayField, MomentField
from civic.web.forms import SubmitForm
from civic.web.words import KIND_LABELS, LANGUAGE_LABELS

NEEDED = N_("This is needed to go on.")
_ANY = [SelectChoice("", N_("None"))]
_AGE = NumberRange(3, 120, message=N_("Write an age from 3 to 120."))
_PLACES = NumberRange(1, 5000, message=N_("Write a number from 1 to 5000."))


def _most(count: int) -> Length:
    return Length(max=count, message=_TOO_LONG[count])


_TOO_LONG = {
    120: N_("At most 120 characters."),
    200: N_("At most 200 characters."),
    300: N_("At most 300 characters."),
    5000: N_("At most 5000 characters."),
}


class TermsFields:
    """What a meeting has of its own, counted back from its start: so it holds for each of a series, and goes where it goes."""

    meets_minutes = IntegerField(
        N_("People meet, minutes before"),
        [Optional(), NumberRange(0, MOST_MEETS_MINUTES, message=N_("Write a number from 0 to 240."))],
        description=N_("Empty: at the start."),
    )
    signup_opens_days = IntegerField(
        N_("Sign-ups open, days before"),
        [Optional(), NumberRange(0, 365, message=N_("Write a number from 0 to 365."))],
        description=N_("At the hour of the start. Empty: as for the activity."),
    )
    signup_closes_hours = IntegerField(
        N_("Sign-ups close, hours before"),
        [Optional(), NumberRange(0, 8760, message=N_("Write a number from 0 to 8760."))],
        description=N_("0: at the start. Empty: as for the activity."),
    )


class MeetingForm(TermsFields, Form):
    """One meeting, perhaps repeated week by week. `fold` is asked only when the clock shows the hour twice."""

    day = DayField(N_("Day"), [Optional()])
    starts = TimeField(N_("Starts at"), [Optional()])
    ends = TimeField(N_("Ends at"), [Optional()])
    times = IntegerField(
        N_("How many weeks in a row"), [Optional(), NumberRange(1, 60, message=N_("Write a number from 1 to 60."))]
    )
    until = DayField(N_("or every week until"), [Optional()])
    follows_school = BooleanField(
        N_("Not when schools are closed"),
        description=N_("Besides holidays, it leaves out 2 November, Christmas (24 December to 6 January) and Easter."),
    )
    fold = RadioField(
        N_("Which of the two?"),
        [Optional()],
        choices=[
            SelectChoice("0", N_("The first (summer time)")),
            SelectChoice("1", N_("The second (winter time)")),
        ],
    )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written in this row."""
        return not any(field.raw_data and any(field.raw_data) for field in (self.day, self.starts, self.ends))


class OpeningForm(Form):
    """Places for one role."""

    who = SelectField(
        N_("For whom"),
        choices=[SelectChoice("participant", N_("Who takes part")), SelectChoice("volunteer", N_("Who lends a hand"))],
    )
    role = StringField(N_("Role"), [Optional(), _most(120)])
    capacity = IntegerField(N_("Places"), [Optional(), _PLACES])
    minimum = IntegerField(N_("At least"), [Optional(), NumberRange(0, 5000, message=N_("Write a number from 0 to 5000."))])
    scope = SelectField(
        N_("Sign-up is for"),
        choices=[SelectChoice("whole", N_("The whole activity")), SelectChoice("meeting", N_("Each meeting on its own"))],
    )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written in this row."""
        return not any(field.raw_data and any(field.raw_data) for field in (self.role, self.capacity, self.minimum))


class WordsForm(SubmitForm):
    """What a coordinator writes about an activity."""

    title = StringField(N_("Title"), [InputRequired(NEEDED), _most(120)])
    summary = TextAreaField(N_("In one sentence"), [Optional(), _most(300)], description=N_("It stands in the lists."))
    description = TextAreaField(
        N_("What happens"), [Optional(), _most(5000)], description=N_("An empty line begins a new paragraph.")
    )
    audience = StringField(
        N_("For whom"), [Optional(), _most(200)], description=N_("For example: those who have never played an instrument")
    )
    age_min = IntegerField(N_("From how many years"), [Optional(), _AGE])
    age_max = IntegerField(N_("Up to how many years"), [Optional(), _AGE])
    age_basis = RadioField(
        N_("How are the ages meant?"),
        [Optional()],
        default=AgeBasis.FIRST_DAY.value,
        choices=[
            SelectChoice("first_day", N_("Completed years on the first day")),
            SelectChoice("school_year", N_("By school year"), {"hint": N_("Classmates come together, whatever their birthday")}),
        ],
    )
    authorisations_needed = RadioField(
        N_("Who must say yes for who is under 18?"),
        [Optional()],
        description=N_("A place of listening or help? The safeguarding officer can mark it, before anybody signs up."),
        default="1",
        choices=[
            SelectChoice("1", N_("One parent"), {"hint": N_("They say that the other one agrees")}),
            SelectChoice("2", N_("Both parents"), {"hint": N_("For outings and nights away: each is asked on their own")}),
        ],
    )
    asks_call = BooleanField(
        N_("We call who says yes"),
        description=N_("For who is under 18: the desk lists whom to call, and you note that you spoke to them."),
    )
    place = SelectField(N_("Place"), [Optional()])
    languages = SelectMultipleField(
        N_("Languages spoken"),
        choices=[SelectChoice(code, label) for code, label in LANGUAGE_LABELS.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    accessibility = StringField(
        N_("Accessibility"),
        [Optional(), _most(300)],
        description=N_("Steps, lift, bathroom, noise: what one wants to know before."),
    )
    contact = StringField(
        N_("Whom to ask"), [Optional(), _most(200)], description=N_("A name with a phone number or an address.")
    )
    private_details = TextAreaField(
        N_("Only for those who have a place"), [Optional(), _most(5000)], description=N_("Which bell to ring, what to bring.")
    )
    action = SelectField(N_("Action of the programme"), [Optional()])
    initiative = SelectField(N_("Initiative"), [Optional()])
    signup_opens_at = MomentField(N_("Sign-ups open"), [Optional()], format="%Y-%m-%dT%H:%M")
    signup_closes_at = MomentField(N_("Sign-ups close"), [Optional()], format="%Y-%m-%dT%H:%M")
    late_entry = BooleanField(
        N_("One may join after it has begun"),
        description=N_("Until the last meeting begins, or sign-ups close: those who come in late miss what is over."),
    )
    entry_mode = RadioField(
        N_("How is a place given?"),
        [InputRequired(N_("Choose one."))],
        default=EntryMode.INSTANT.value,
        choices=[
            SelectChoice("instant", N_("At once"), {"hint": N_("Who comes first has a place")}),
            SelectChoice("approval", N_("After our yes"), {"hint": N_("You read each request")}),
            SelectChoice("draw", N_("By a draw"), {"hint": N_("All who sign up in time have the same chance")}),
        ],
    )
    draw_at = MomentField(
        N_("When the places are drawn"),
        [Optional()],
        format="%Y-%m-%dT%H:%M",
        description=N_("Only with a draw: at least 24 hours before the first meeting."),
    )
    draw_new_first = BooleanField(
        N_("First those who have no place in another workshop"),
        description=N_("Only with a draw. What counts are the workshops of this school year, of any organisation."),
    )

    def offer(self, organisation_id: int) -> WordsForm:
        """Fill the choices and return the form."""
        language = current_language()
        self.place.choices = _ANY + [SelectChoice(str(one.id), one.name) for one in list_places()]
        self.action.choices = _ANY + [SelectChoice(str(one.id), one.name(language)) for one in list_actions()]
        self.initiative.choices = _ANY + [SelectChoice(str(one.id), one.title) for one in list_of_organisation(organisation_id)]
        return self


class EditForm(WordsForm):
    """Other words for an activity, written against the `version` that the page showed."""

    version = HiddenField()


class CreateForm(WordsForm):
    """A new activity: words, meetings, places."""

    kind = RadioField(
        N_("What is it?"),
        [InputRequired(N_("Choose one."))],
        choices=[SelectChoice(kind.value, KIND_LABELS[kind]) for kind in ActivityKind],
    )
    meetings = FieldList(FormField(MeetingForm), min_entries=1, max_entries=30)
    openings = FieldList(FormField(OpeningForm), min_entries=1, max_entries=20)


class TermsForm(TermsFields, SubmitForm):
    """When people meet before a meeting that is there, and when one can sign up for it; `seen` is what the page showed."""

    seen = HiddenField()


class OneMeetingForm(TermsFields, SubmitForm):
    """Adding a meeting, or giving one another time or place; its terms are asked where it is added."""

    day = DayField(N_("Day"), [InputRequired(NEEDED)])
    starts = TimeField(N_("Starts at"), [InputRequired(NEEDED)])
    ends = TimeField(N_("Ends at"), [InputRequired(NEEDED)])
    fold = RadioField(N_("Which of the two?"), [Optional()], choices=MeetingForm.fold.kwargs["choices"])
    place = SelectField(N_("Place"), [Optional()])
    version = IntegerField(N_("Version"), [Optional()])

    def offer(self, places: Sequence) -> OneMeetingForm:
        """Fill the choices and return the form."""
        self.place.choices = _ANY + [SelectChoice(str(one.id), one.name) for one in places]
        return self


class AddOpeningForm(SubmitForm):
    """Places for one more role."""

    who = OpeningForm.who
    role = OpeningForm.role
    capacity = IntegerField(N_("Places"), [InputRequired(NEEDED), _PLACES])
    minimum = OpeningForm.minimum
    scope = OpeningForm.scope


class CapacityForm(SubmitForm):
    """How many places there are; where they become fewer than are taken, who goes to the waiting list.

    `seen` are the numbers that the page showed.
    """

    seen = HiddenField()

    capacity = IntegerField(N_("Places"), [InputRequired(NEEDED), _PLACES])
    minimum = IntegerField(N_("At least"), [Optional(), NumberRange(0, 5000, message=N_("Write a number from 0 to 5000."))])
    to_queue = SelectMultipleField(
        N_("Who goes to the waiting list?"),
        [Optional()],
        choices=(),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        description=N_("They are told at once, and are first in line if a place comes free."),
    )


class ReasonForm(SubmitForm):
    """Why something does not take place."""

    reason = TextAreaField(N_("Reason"), [InputRequired(NEEDED), _most(300)])


class AttendanceForm(SubmitForm):
    """Beside the marks, which are as many as there are people: a code shown at the door, and why a mark is corrected late."""

    code = StringField(N_("Code shown at the door"), [Optional(), _most(120)])
    reason = TextAreaField(N_("Why do you correct it?"), [Optional(), _most(300)])
