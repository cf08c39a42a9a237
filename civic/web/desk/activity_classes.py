"""The classes in an activity, for who runs it: what each holds, and places asked for on behalf of a school."""

from __future__ import annotations

from flask import flash, redirect, url_for
from wtforms.fields.choices import SelectChoice

from civic.activities.queries.classes import list_classes_of_activity, list_schools
from civic.activities.services import blocks
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.web.desk.activity import own_view
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.classes import AskForm, ask_page, class_item, suggest
from civic.web.doing import do_and_say, do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor


@blueprint.route("/<slug>/attivita/<public_id>/classi", methods=["GET", "POST"])
def activity_classes(slug: str, public_id: str):
    """List the classes of the activity, and ask for places on behalf of a school."""
    row = own_to_edit(slug)
    view = own_view(row, public_id)
    form, page = AskForm().offer(view), ask_page(view)
    form.school.choices = [SelectChoice(one.slug, one.name) for one in list_schools()]
    here = url_for("desk.activity_classes", slug=slug, public_id=public_id)
    if form.validate_on_submit():

        def ask() -> str:
            blocks.ask(current_actor(), form.opening.data, form.school.data or "", form.wish())
            return here

        try:
            target = do_once(form, ask)
            flash(_("Asked for. The school is told as soon as places are held, and writes the names."), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    elif not form.is_submitted():
        suggest(form, page)
    items = [class_item(one, None) for one in list_classes_of_activity(view.row.id)]
    values = {"form": form, "page": page, "items": items, "public_id": public_id, "act": SubmitForm(formdata=None)}
    return show("desk/activity_classes.html", row, 422 if form.errors else 200, **values)


@blueprint.post("/<slug>/attivita/<public_id>/classi/<block>/libera")
def activity_class_free(slug: str, public_id: str, block: str):
    """Free the places of a class that have no name, for who waits; the school is told."""
    row = own_to_edit(slug)
    view = own_view(row, public_id)
    if block not in {one.public_id for one in list_classes_of_activity(view.row.id)}:
        raise NotFound
    do_and_say(lambda: blocks.give_back(current_actor(), block, 0), N_("Freed: the school is told."))
    return redirect(url_for("desk.activity_classes", slug=slug, public_id=public_id))
