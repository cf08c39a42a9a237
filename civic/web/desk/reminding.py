"""When the people of an activity are reminded, and in which words; seen as they will read it before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, request, url_for
from wtforms import BooleanField, FieldList, Form, FormField, SelectField, TextAreaField
from wtforms.validators import Length

from civic.activities.models import Activity
from civic.activities.queries.reminders import NextMeeting, find_next_meeting, list_reminders
from civic.activities.services.setting_reminders import (
    LONGEST,
    MOST,
    STANDARD,
    WHENS,
    Reminding,
    check_text,
    reminding_of,
    set_reminders,
)
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _, ngettext
from civic.notifications.messages.reminding import paragraphs_of
from civic.notifications.reminders import due_at
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.writing import own_activity
from civic.web.doing import do_and_say
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

NO_REMINDER = ""


class ReminderForm(Form):
    """One reminder: when, whether it asks, its own words."""

    when = SelectField(N_("When"), choices=[])
    asks = BooleanField(N_("It asks whether they still come"))
    text = TextAreaField(N_("Your words"), [Length(max=LONGEST, message=N_("At most 500 characters."))])


class RemindersForm(SubmitForm):
    """All reminders of the activity."""

    reminders = FieldList(FormField(ReminderForm), min_entries=MOST, max_entries=MOST)

    def offer(self) -> RemindersForm:
        """Fill in when a reminder may come, and return the form."""
        choices = [(NO_REMINDER, _("No reminder")), *((name, words_of_when(reminding_of(name))) for name in WHENS)]
        for entry in self.reminders:
            entry.form.when.choices = choices
        return self

    def show(self, reminders: tuple[Reminding, ...]) -> None:
        """Fill in what the activity has."""
        for entry, one in zip(self.reminders, reminders, strict=False):
            entry.form.when.data, entry.form.asks.data, entry.form.text.data = one.name, one.asks, one.text

    def read(self) -> list[Reminding]:
        """Return what was chosen; words that cannot be sent get their sentence beside them."""
        found = []
        for entry in self.reminders:
            one = entry.form
            try:
                check_text(one.text.data or "")
            except DomainError as error:
                one.text.errors = [_(error.message, **error.values)]
            if one.when.data:
                found.append(reminding_of(one.when.data, asks=one.asks.data, text=one.text.data or ""))
            elif (one.text.data or "").strip():
                one.when.errors = [_("Choose when these words come, or delete them.")]
        return found

    @property
    def has_wrong_words(self) -> bool:
        """Whether something is wrong with one of them."""
        return any(entry.form.text.errors or entry.form.when.errors for entry in self.reminders)


@dataclass(frozen=True, slots=True)
class Shown:
    """A reminder as it will be read: when it leaves, and what it says."""

    when: str
    leaves_at: datetime
    heading: str
    paragraphs: tuple[str, ...]


@blueprint.route("/<slug>/attivita/<public_id>/promemoria", methods=["GET", "POST"])
def reminders(slug: str, public_id: str):
    """Choose the reminders of an activity: shown as they will be read, then saved; or go back to those of all."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    own = list_reminders(activity.id)
    form, shown = RemindersForm().offer(), ()
    if request.form.get("standard"):
        do_and_say(lambda: set_reminders(current_actor(), public_id, []), N_("The reminders are those of all activities again."))
        return redirect(url_for("desk.reminders", slug=slug, public_id=public_id))
    if form.validate_on_submit():
        chosen = form.read()
        if not form.has_wrong_words:
            if request.form.get("save") and _save(form, public_id, chosen):
                return redirect(url_for("desk.reminders", slug=slug, public_id=public_id))
            shown = _show(activity, chosen)
    elif not form.is_submitted():
        form.show(own or STANDARD)
    is_wrong = bool(form.errors or form.general_errors or form.has_wrong_words)
    values = {"form": form, "title": activity.title, "public_id": public_id, "shown": shown, "is_own": bool(own)}
    return show("desk/reminders.html", row, 422 if is_wrong else 200, **values)


def _save(form: RemindersForm, public_id: str, chosen: list[Reminding]) -> bool:
    """Save the reminders and say so; return whether it was done, a refusal standing at the head of the form."""
    if not chosen:
        form.form_errors.append(_("Leave at least one reminder: places of people who forgot are lost to others."))
        return False
    try:
        with transaction():
            set_reminders(current_actor(), public_id, chosen)
    except DomainError as error:
        form.apply(error)
        return False
    flash(_("Saved: this is how people are reminded from now on."), "success")
    return True


def _show(activity: Activity, chosen: list[Reminding]) -> tuple[Shown, ...]:
    """Return the reminders of the next meeting as they would be read; nothing where no meeting is to come."""
    meeting = find_next_meeting(activity.id)
    if meeting is None:
        return ()
    return tuple(_shown(one, activity.title, meeting) for one in chosen)


def _shown(one: Reminding, title: str, meeting: NextMeeting) -> Shown:
    heading = _("Are you still coming?") if one.asks else _("See you soon")
    paragraphs = paragraphs_of(one.text, title, meeting.starts_at, meeting.place)
    closing = _("If you cannot come, say so: somebody else is waiting for the place.")
    return Shown(words_of_when(one), due_at(meeting.starts_at, one), heading, (*paragraphs, closing))


def words_of_when(one: Reminding) -> str:
    """Say how long before a meeting a reminder comes."""
    if one.days:
        return ngettext("%(num)s day before", "%(num)s days before", one.days)
    return ngettext("%(num)s hour before", "%(num)s hours before", one.hours)
