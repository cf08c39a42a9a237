"""Writing to the people in an activity: to whom, what, seen once more before it goes; and what was written before."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from civic.announcements import queries
from civic.announcements.services import LONGEST, announce
from civic.announcements.types import Audience
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _, ngettext
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.writing import own_activity
from civic.web.doing import do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

AUDIENCES = {
    Audience.EVERYBODY: N_("All of them"),
    Audience.HAVE_PLACE: N_("Who has a place"),
    Audience.WAIT: N_("Who waits for one"),
}


class AnnouncementForm(SubmitForm):
    """To whom, and what."""

    audience = RadioField(N_("To whom?"), [InputRequired(N_("Choose one."))], choices=[])
    text = TextAreaField(
        N_("Message"),
        [DataRequired(N_("Write the message.")), Length(max=LONGEST, message=N_("At most 2000 characters."))],
        description=N_("Everybody gets the same words. No names of children, and nothing about health."),
    )

    def offer(self, counts: dict[Audience, int]) -> AnnouncementForm:
        """Fill the choices, each with how many people it means now, and return the form."""
        self.audience.choices = [
            SelectChoice(audience.value, f"{_(label)}: {counts[audience]}") for audience, label in AUDIENCES.items()
        ]
        return self


@blueprint.route("/<slug>/attivita/<public_id>/messaggi", methods=["GET", "POST"])
def announcements(slug: str, public_id: str):
    """Show what was written to the people of the activity, and write once more: shown as it will be read, then sent."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    here = url_for("desk.announcements", slug=slug, public_id=public_id)
    counts = queries.count_by_audience(activity.id)
    form, is_sure = AnnouncementForm().offer(counts), None
    if form.validate_on_submit():
        if request.form.get("confirmed"):
            sent = _send(form, public_id, here)
            if sent is not None:
                return sent
        elif not request.form.get("back"):
            is_sure = counts[Audience(form.audience.data)]
    values = {"form": form, "title": activity.title, "public_id": public_id, "told": is_sure, "labels": AUDIENCES}
    return show("desk/announcements.html", row, 422 if form.errors else 200, **values, sent=queries.list_of(activity.id))


def _send(form: AnnouncementForm, public_id: str, here: str):
    def send() -> str:
        made = announce(current_actor(), public_id, Audience(form.audience.data), form.text.data)
        told = ngettext("On its way, for %(num)s sign-up.", "On its way, for %(num)s sign-ups.", made.told)
        flash(told, "success")
        return here

    try:
        return redirect(do_once(form, send))
    except DomainError as error:
        form.apply(error)
        return None
