"""Noting that who said yes for a minor was telephoned, where the activity asks for a call."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, url_for
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from civic.accounts.rules import written_phone
from civic.activities.calls import CallOutcome
from civic.activities.models import Activity
from civic.activities.queries.calls import Call, ToCall, list_to_call
from civic.activities.services import calling
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _
from civic.organisations.queries import OrganisationRow
from civic.web.desk.activity import check_belongs
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.people import Contact, named
from civic.web.desk.writing import own_activity
from civic.web.doing import do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

OUTCOMES = {
    CallOutcome.CONFIRMED: N_("They confirm that the yes is theirs"),
    CallOutcome.NOT_REACHED: N_("Nobody answered"),
    CallOutcome.DENIED: N_("They say that they authorised nothing"),
}
_DONE = {
    CallOutcome.CONFIRMED: N_("Noted: the yes was confirmed on the telephone."),
    CallOutcome.NOT_REACHED: N_("Noted: they stay among those to be called."),
    CallOutcome.DENIED: N_("Noted: the yes no longer stands, the sign-up has ended and the place goes to the next in line."),
}


class CallForm(SubmitForm):
    """Whom one has called, and what came of it."""

    guardian = RadioField(N_("Whom did you call?"), [InputRequired(N_("Choose one."))], choices=[], validate_choice=False)
    outcome = RadioField(
        N_("How did it go?"),
        [InputRequired(N_("Choose one."))],
        choices=[
            SelectChoice(CallOutcome.CONFIRMED.value, OUTCOMES[CallOutcome.CONFIRMED]),
            SelectChoice(CallOutcome.NOT_REACHED.value, OUTCOMES[CallOutcome.NOT_REACHED], {"hint": N_("Try again later")}),
            SelectChoice(
                CallOutcome.DENIED.value,
                OUTCOMES[CallOutcome.DENIED],
                {"hint": N_("The sign-up ends at once, and its place goes to the next in line")},
            ),
        ],
    )


@dataclass(frozen=True, slots=True)
class GuardianItem:
    """Somebody who has said yes: how they are reached, and the calls that were made."""

    contact: Contact
    is_confirmed: bool
    calls: tuple[Call, ...]


@blueprint.route("/<slug>/attivita/<public_id>/iscrizioni/<signup>/telefonata", methods=["GET", "POST"])
def guardian_call(slug: str, public_id: str, signup: str):
    """Show whom to call about a sign-up, and write what came of it."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    check_belongs(public_id, signup)
    to_call = list_to_call(current_actor(), signup, row.id)
    form = CallForm()
    form.guardian.choices = [SelectChoice(one.guardian, one.name or _("Somebody")) for one in to_call]
    if len(to_call) == 1 and not form.guardian.data:
        form.guardian.data = to_call[0].guardian
    if form.validate_on_submit():
        outcome = CallOutcome(form.outcome.data)

        def note() -> str:
            calling.note_call(current_actor(), signup, form.guardian.data, outcome)
            return url_for("desk.activity", slug=slug, public_id=public_id)

        try:
            target = do_once(form, note)
            flash(_(_DONE[outcome]), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    return _show(row, activity, signup, to_call, form)


def _show(row: OrganisationRow, activity: Activity, signup: str, to_call: list[ToCall], form: CallForm):
    """Show the page; that the names were seen is written down. Where nobody is to be called, nobody is named."""
    name = named(activity, signup, "call") if to_call else ""
    values = {"title": activity.title, "public_id": activity.public_id, "name": name, "people": tuple(map(_item, to_call))}
    return show("desk/call.html", row, 422 if form.errors else 200, form=form, outcomes=OUTCOMES, **values)


def _item(one: ToCall) -> GuardianItem:
    return GuardianItem(Contact(one.phone, written_phone(one.phone), one.name, one.email), one.is_confirmed, one.calls)
