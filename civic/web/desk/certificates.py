"""The register of an activity: hours, what is missing, closing it, the documents that come of it."""

from __future__ import annotations

from flask import flash, redirect, url_for
from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from civic.activities.models import Activity
from civic.activities.queries.participants import record_seen
from civic.certificates.queries.registers import get_register
from civic.certificates.services import asking, closing, replacing
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.organisations.queries import OrganisationRow
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.register_page import certificate_page, register_page
from civic.web.desk.writing import own_activity
from civic.web.doing import do_and_say, do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

_SHARE = N_("Write a share between 1 and 100.")


class ThresholdForm(SubmitForm):
    """From which share of the hours on there is a certificate."""

    threshold = IntegerField(
        N_("Share of the hours for a certificate of attendance"),
        [InputRequired(_SHARE), NumberRange(1, 100, message=_SHARE)],
        description=N_("Who was there for less receives a statement of hours."),
    )


class ReplaceForm(SubmitForm):
    """Why a document is taken back, and whether another one follows."""

    action = RadioField(
        N_("What shall happen?"),
        [InputRequired(N_("Choose one of the two."))],
        choices=[
            SelectChoice("reissue", N_("Revoke it and issue a new one, with the hours as they are now")),
            SelectChoice("revoke", N_("Revoke it, and nothing more")),
        ],
        default="reissue",
    )
    reason = TextAreaField(
        N_("Reason"),
        [InputRequired(N_("Write why: it is kept with the document.")), Length(max=300, message=N_("At most 300 characters."))],
        description=N_("Your organisation reads it. No names, and nothing about health."),
    )


@blueprint.route("/<slug>/attivita/<public_id>/registro", methods=["GET", "POST"])
def register_of(slug: str, public_id: str):
    """Show hours and documents, and set the share; that names were seen is written in the audit."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    form = ThresholdForm()
    if form.validate_on_submit():
        try:
            with transaction():
                closing.set_threshold(current_actor(), public_id, form.threshold.data)
            flash(_("Saved."), "success")
            return redirect(_here(slug, public_id))
        except DomainError as error:
            form.apply(error)
    return _show(row, activity, form)


def _show(row: OrganisationRow, activity: Activity, form: ThresholdForm):
    view = get_register(activity.id)
    if view.people:
        with transaction():
            record_seen(current_actor(), activity.id, len(view.people), "register")
    if not form.errors:
        form.threshold.data = view.register.threshold
    page = register_page(row, activity, view)
    return show("desk/register.html", row, 422 if form.errors else 200, page=page, form=form, act=SubmitForm(formdata=None))


@blueprint.post("/<slug>/attivita/<public_id>/registro/chiudi")
def register_close(slug: str, public_id: str):
    """Fix the totals and issue the documents."""
    own_activity(own_to_edit(slug), public_id)
    done = N_("The register is closed. Now prepare the certificates.")
    do_and_say(lambda: closing.close_register(current_actor(), public_id), done)
    return redirect(_here(slug, public_id))


@blueprint.post("/<slug>/attivita/<public_id>/registro/prepara")
def register_prepare(slug: str, public_id: str):
    """Let a worker make the files that are missing; the register says how far it is."""
    own_activity(own_to_edit(slug), public_id)
    done = N_("The documents are being made: it takes a few seconds.")
    do_and_say(lambda: asking.ask_for_documents(current_actor(), public_id), done)
    return redirect(_here(slug, public_id))


@blueprint.route("/<slug>/attivita/<public_id>/registro/<signup>", methods=["GET", "POST"])
def certificate_of(slug: str, public_id: str, signup: str):
    """Revoke the document of one person, and issue a new one where they have hours."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    view = get_register(activity.id)
    person = view.find_person(signup)
    if person is None or not view.is_closed:
        raise NotFound
    form, here = ReplaceForm(), _here(slug, public_id)
    if form.validate_on_submit():
        verb = replacing.reissue if form.action.data == "reissue" else replacing.revoke

        def replace() -> str:
            verb(current_actor(), public_id, signup, form.reason.data)
            return here

        try:
            target = do_once(form, replace)
            flash(_("Done: who checks the old document reads that it no longer counts."), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    elif not form.errors:
        with transaction():
            record_seen(current_actor(), activity.id, 1, "register")
    page = certificate_page(row, activity, view, person)
    return show("desk/certificate.html", row, 422 if form.errors else 200, page=page, form=form)


def _here(slug: str, public_id: str) -> str:
    return url_for("desk.register_of", slug=slug, public_id=public_id)
