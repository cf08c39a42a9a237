"""Classes of a school: the places that each holds or waits for, asked for by who teaches, and who comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, url_for
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from civic.activities.queries.activity_page import ActivityView, get_public_activity
from civic.activities.queries.classes import list_classes
from civic.activities.queries.facts import get_opening
from civic.activities.services import blocks
from civic.activities.types import ActivityKind, BlockEnd
from civic.kernel import clock
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _, format_day, format_moment
from civic.organisations.queries import OrganisationRow
from civic.organisations.types import OrganisationKind
from civic.web.desk.blueprint import blueprint, own, show
from civic.web.doing import do_once
from civic.web.fields import DayField
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor
from civic.web.words import KIND_LABELS

NEEDED = N_("This is needed to go on.")


class AskForm(SubmitForm):
    """How many places for which class. The rules judge the rest."""

    opening = SelectField(N_("Places"), [InputRequired(N_("Choose one."))])
    school = SelectField(N_("School"), [Optional()])
    label = StringField(
        N_("Which class"),
        [
            InputRequired(N_("Write which class, for example 2B.")),
            Length(max=blocks.LABEL_LENGTH, message=N_("At most 40 characters.")),
        ],
        description=N_("For example 2B. No names of pupils."),
    )
    size = IntegerField(N_("How many places"), [InputRequired(N_("Write how many."))])
    whole = RadioField(
        N_("What if there are not enough places?"),
        [InputRequired(N_("Choose one."))],
        choices=[
            SelectChoice("all", N_("All or none"), {"hint": N_("The class waits until there is a place for everybody")}),
            SelectChoice("some", N_("As many as possible"), {"hint": N_("What is free is held at once, the others wait")}),
        ],
    )
    names_on = DayField(
        N_("Last day to write the names"),
        [InputRequired(NEEDED)],
        description=N_("Now only the number counts. Places that have no name after that day go to somebody else."),
    )

    def offer(self, view: ActivityView) -> AskForm:
        """Fill the choices with the places for young people that are still to come, and return the form."""
        self.opening.choices = [SelectChoice(one.public_id, _label(view, one)) for one in _open_to_classes(view)]
        self.school.choices = [SelectChoice("", "")]
        return self

    def wish(self) -> blocks.Wish:
        """Return what is asked for."""
        return blocks.Wish(self.label.data, self.size.data, self.whole.data == "all", self.names_on.data)


def _open_to_classes(view: ActivityView) -> list[Any]:
    now = clock.now()
    return [one for one in view.openings if one.kind != ActivityKind.VOLUNTEERING and not view.is_past(one, now)]


def _label(view: ActivityView, opening: Any) -> str:
    meeting = view.meeting_of(opening)
    parts = [opening.role or _(KIND_LABELS[opening.kind]), format_moment(meeting.starts_at) if meeting else ""]
    return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class AskPage:
    """In what places are asked for, and until which day names can be awaited; `last_day` None where it is too late."""

    title: str
    slug: str
    organisation_name: str
    starts_at: Any
    last_day: date | None


def ask_page(view: ActivityView) -> AskPage:
    """Return the page with which places are asked for."""
    openings = _open_to_classes(view)
    last = max((blocks.last_day_for_names(get_opening(one.id)) for one in openings), default=None)
    row = view.row
    return AskPage(row.title, row.slug, row.organisation_name, row.starts_at, last if last and last >= clock.today() else None)


def suggest(form: AskForm, page: AskPage) -> None:
    """Propose what most people choose: all or none, and as much time for the names as there is, two weeks at most."""
    form.whole.data = "all"
    if page.last_day is not None:
        form.names_on.data = min(page.last_day, clock.today() + timedelta(days=14))


@dataclass(frozen=True, slots=True)
class ClassItem:
    """A class in a list: what it holds, what it waits for, what is to be done."""

    row: Any
    label: str
    tone: str
    last_day: str
    url: str | None


def class_item(row: Any, url: str | None) -> ClassItem:
    """Return how a list shows the class."""
    label, tone = state_of(row)
    return ClassItem(row, _(label), tone, last_day_of(row), url)


def last_day_of(row: Any) -> str:
    """Return the last day on which names are written, as people say it."""
    return format_day(row.names_until - timedelta(minutes=1))


def state_of(row: Any) -> tuple[str, str]:
    """Return in words how it stands with the places of a class, and the tone of it."""
    if row.ended_at is not None:
        return _ENDS[BlockEnd(row.ended_as)]
    if row.granted == 0:
        return N_("Waits for places"), "warning"
    if row.unnamed:
        return N_("Names are missing"), "warning"
    return (N_("Waits for more places"), "warning") if row.granted < row.size else (N_("All names are there"), "success")


_ENDS = {
    BlockEnd.GIVEN_BACK: (N_("Names are closed"), "neutral"),
    BlockEnd.RELEASED: (N_("Names are closed"), "neutral"),
    BlockEnd.NO_PLACE: (N_("No places came free"), "neutral"),
    BlockEnd.CANCELLED: (N_("Cancelled"), "danger"),
}


def own_school(slug: str) -> OrganisationRow:
    """Return the school of this desk for a member; NotFound for an organisation that is none."""
    row = own(slug)
    if row.kind is not OrganisationKind.SCHOOL:
        raise NotFound
    return row


@blueprint.get("/<slug>/classi")
def classes(slug: str):
    """List the classes of the school that hold places or wait for them: all, or who teaches the own ones."""
    row = own_school(slug)
    found = list_classes(current_actor(), row.id)
    items = [class_item(one, url_for("desk.class_of", slug=slug, block=one.public_id)) for one in found]
    return show("desk/classes.html", row, items=items)


@blueprint.route("/<slug>/classi/chiedi/<activity_slug>", methods=["GET", "POST"])
def class_ask(slug: str, activity_slug: str):
    """Ask for places for a class in an activity that everybody can see."""
    row = own_school(slug)
    view = get_public_activity(activity_slug)
    form, page = AskForm().offer(view), ask_page(view)
    if form.validate_on_submit():

        def ask() -> str:
            block = blocks.ask(current_actor(), form.opening.data, slug, form.wish())
            return url_for("desk.class_of", slug=slug, block=block.public_id)

        try:
            target = do_once(form, ask)
            flash(_("Asked for. This is the page of the class: here you write the names."), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    elif not form.is_submitted():
        suggest(form, page)
    return show("desk/class_ask.html", row, 422 if form.errors else 200, form=form, page=page)
