"""Recording an authorisation that a parent signed on paper."""

from __future__ import annotations

from flask import flash, redirect, url_for
from wtforms import BooleanField, EmailField, StringField
from wtforms.validators import InputRequired, Length, Optional

from civic.accounts.rules import normalise_phone
from civic.activities.models import Activity
from civic.activities.services import paper
from civic.activities.services.paper import Sheet
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _
from civic.organisations.queries import OrganisationRow
from civic.web.activities.texts import authorisation_text, privacy_text
from civic.web.desk.activity import check_belongs
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.people import named
from civic.web.desk.writing import own_activity
from civic.web.doing import do_once
from civic.web.fields import EMAIL
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

_NEEDED = InputRequired(N_("This is needed to go on."))
_NAME = Length(max=80, message=N_("At most 80 characters."))


class PaperForm(SubmitForm):
    """Who signed, and that the signature was seen."""

    given_name = StringField(N_("Name of who signed"), [_NEEDED, _NAME])
    family_name = StringField(N_("Family name of who signed"), [_NEEDED, _NAME])
    phone = StringField(N_("Telephone"), [Length(max=40, message=N_("At most 40 characters."))])
    email = EmailField(
        N_("E-mail address"), [Optional(), EMAIL], description=N_("If there is one: what changes is written there.")
    )
    is_sole = BooleanField(N_("The sheet says that who signed alone has parental responsibility"))
    seen = BooleanField(
        N_("I have seen the signed sheet, and who signed has parental responsibility"),
        [InputRequired(N_("Tick the box once you have seen the sheet."))],
    )
    consent = BooleanField(
        N_("The sheet also says yes to the use of the data"), description=N_("Needed where the child is not yet 14.")
    )


@blueprint.route("/<slug>/attivita/<public_id>/iscrizioni/<signup>/carta", methods=["GET", "POST"])
def paper_authorisation(slug: str, public_id: str, signup: str):
    """Write that the authorisation was given on paper: the sheet stays with the organisation."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    check_belongs(public_id, signup)
    form = PaperForm()
    if form.validate_on_submit():

        def record() -> str:
            paper.record_paper(current_actor(), signup, _sheet_of(form, activity, row))
            return url_for("desk.activity", slug=slug, public_id=public_id)

        try:
            target = do_once(form, record)
            flash(_("The signature is written down."), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    values = {"form": form, "title": activity.title, "public_id": public_id, "name": named(activity, signup, "paper")}
    texts = {"text": _text(activity, row), "privacy": privacy_text(), "asks_both": activity.authorisations_needed > 1}
    return show("desk/paper.html", row, 422 if form.errors else 200, **values, **texts)


def _text(activity: Activity, row: OrganisationRow, *, is_sole: bool = False) -> str:
    return authorisation_text(activity.title, row.name, activity.authorisations_needed, is_sole=is_sole)


def _sheet_of(form: PaperForm, activity: Activity, row: OrganisationRow) -> Sheet:
    return Sheet(
        given_name=form.given_name.data,
        family_name=form.family_name.data,
        text=_text(activity, row, is_sole=form.is_sole.data),
        is_sole=form.is_sole.data,
        consent_text=privacy_text() if form.consent.data else "",
        phone=normalise_phone(form.phone.data or ""),
        email=form.email.data or None,
    )
