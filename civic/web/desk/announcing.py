"""Writing to the people in an activity: to whom, what, seen once more before it goes; what was written before and answered."""

from __future__ import annotations

import re

from flask import flash, redirect, request, url_for
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from civic.activities.queries.participants import record_seen
from civic.announcements.queries import announced as queries
from civic.announcements.queries import replies
from civic.announcements.services.announcing import LONGEST, announce
from civic.announcements.services.replying import set_handled
from civic.announcements.types import Audience
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _, ngettext
from civic.web.activities.forms import ActForm
from civic.web.answers import AUDIENCES, AnswersPage, answers_page
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.writing import own_activity
from civic.web.doing import do_and_say, do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor


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
            SelectChoice(audience.value, f"{_(AUDIENCES[audience])}: {counts[audience]}") for audience in Audience
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
    values = {"form": form, "title": activity.title, "public_id": public_id, "told": is_sure}
    values |= {"answers": _answers(activity.id, row.id), "act": ActForm(formdata=None)}
    return show("desk/announcements.html", row, 422 if form.errors else 200, **values)


@blueprint.post("/<slug>/attivita/<public_id>/messaggi/risposte/<reply_id>")
def handle_reply(slug: str, public_id: str, reply_id: str):
    """Write that somebody saw to an answer, or that it is still open."""
    own_to_edit(slug)
    if not re.fullmatch(r"\d{1,18}", reply_id, re.ASCII):
        raise NotFound
    number = int(reply_id)
    is_handled = request.form.get("handled") == "1"
    done = N_("Marked: the others see that you saw to it.") if is_handled else N_("It is open again.")
    do_and_say(lambda: set_handled(current_actor(), public_id, number, is_handled=is_handled), done)
    return redirect(url_for("desk.announcements", slug=slug, public_id=public_id, _anchor="risposte"))


def _answers(activity_id: int, organisation_id: int) -> AnswersPage:
    """Return what was announced with its answers, where two adults read them; that names were shown is recorded."""
    sent = queries.list_of(activity_id)
    is_read_by_two = replies.is_read_by_two(organisation_id)
    found = replies.list_of_announcements([one.id for one in sent]) if is_read_by_two else ()
    if found:
        with transaction():
            record_seen(current_actor(), activity_id, len({one.person_id for one in found}), "replies")
    return answers_page(sent, found, is_read_by_two=is_read_by_two)


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
