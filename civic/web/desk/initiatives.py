"""The initiatives that the organisation leads."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from civic.initiatives import queries, services
from civic.initiatives.services import InitiativeFields
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _, current_language
from civic.organisations.queries import OrganisationRow
from civic.programme.queries import list_actions
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.doing import do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor


class InitiativeForm(SubmitForm):
    """An initiative under an action."""

    title = StringField(
        N_("Title"), [InputRequired(N_("This is needed to go on.")), Length(max=120, message=N_("At most 120 characters."))]
    )
    action = SelectField(N_("Action of the programme"), [InputRequired(N_("Choose one."))])
    summary = TextAreaField(
        N_("What it is, for whom, with whom"),
        [InputRequired(N_("This is needed to go on.")), Length(max=2000, message=N_("At most 2000 characters."))],
    )
    is_public = BooleanField(N_("Show it to everybody"))

    def offer(self) -> InitiativeForm:
        """Fill the choices and return the form."""
        self.action.choices = [SelectChoice("", N_("Choose"))]
        self.action.choices += [SelectChoice(one.slug, one.name(current_language())) for one in list_actions()]
        return self

    def fields(self) -> InitiativeFields:
        """Return what was typed as the service takes it."""
        return InitiativeFields(self.title.data, self.summary.data, self.action.data, self.is_public.data)


@blueprint.get("/<slug>/iniziative")
def initiatives(slug: str):
    """List what the organisation leads."""
    row = own_to_edit(slug)
    return show("desk/initiatives.html", row, rows=queries.list_of_organisation(row.id))


@blueprint.route("/<slug>/iniziative/nuova", methods=["GET", "POST"])
def initiative_new(slug: str):
    """Write a new initiative."""
    row = own_to_edit(slug)
    form = InitiativeForm().offer()
    if form.validate_on_submit():
        try:
            target = do_once(form, lambda: _create(row, form))
            flash(_("Saved."), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    return show("desk/initiative.html", row, 422 if form.errors else 200, form=form, title=None)


def _create(row: OrganisationRow, form: InitiativeForm) -> str:
    services.create_initiative(current_actor(), row.id, form.fields())
    return url_for("desk.initiatives", slug=row.slug)


@blueprint.route("/<slug>/iniziative/<public_id>", methods=["GET", "POST"])
def initiative_edit(slug: str, public_id: str):
    """Change an initiative."""
    row = own_to_edit(slug)
    found = queries.get_own(current_actor(), public_id)
    if found.organisation_id != row.id:
        raise NotFound
    form = InitiativeForm().offer()
    if request.method == "GET":
        form.title.data, form.summary.data = found.title, found.summary
        form.action.data, form.is_public.data = found.action_slug, found.published_at is not None
    elif form.validate():
        try:
            with transaction():
                services.update_initiative(current_actor(), public_id, form.fields())
            flash(_("Saved."), "success")
            return redirect(url_for("desk.initiatives", slug=slug))
        except DomainError as error:
            form.apply(error)
    return show("desk/initiative.html", row, 422 if form.errors else 200, form=form, title=found.title)
