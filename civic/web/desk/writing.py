"""Writing an activity: new, as a copy of another, or with other words."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for

from civic.activities.models import Activity
from civic.activities.queries.activity_page import get_activity_for_desk
from civic.activities.queries.reminders import list_reminders
from civic.activities.services import publishing
from civic.activities.services.setting_reminders import set_reminders
from civic.activities.types import ActivityKind, ActivityState
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotAllowed, NotFound
from civic.kernel.i18n import N_, _
from civic.organisations.queries import OrganisationRow
from civic.web.activities.pages import activity_page
from civic.web.desk.activity_forms import CreateForm, EditForm
from civic.web.desk.blueprint import blueprint, own, own_to_edit, show
from civic.web.desk.reading import fill_words, number_of, plan_of, words_of
from civic.web.doing import do_once
from civic.web.signing_in import current_actor


@blueprint.route("/<slug>/attivita/nuova", methods=["GET", "POST"])
def activity_new(slug: str):
    """Write a draft with its meetings and places; `copia` names an activity whose words it starts from."""
    row = own_to_edit(slug)
    form = CreateForm().offer(row.id)
    if request.method == "GET":
        _start_form(row, form)
    elif request.form.get("more") in ("meetings", "openings"):
        _add_row(form, request.form["more"])
    else:
        form.validate()
        planned = plan_of(form)
        done = _create(row, form, planned) if planned is not None else None
        if done is not None:
            return done
    return show("desk/activity_new.html", row, 422 if form.errors else 200, form=form)


def _add_row(form: CreateForm, name: str) -> None:
    rows = form[name]
    if len(rows) < rows.max_entries:
        rows.append_entry()


def _create(row: OrganisationRow, form: CreateForm, planned):
    plan, notes = planned

    def create() -> str:
        activity = publishing.create_activity(current_actor(), row.id, plan)
        _copy_reminders(row, activity)
        return url_for("desk.activity", slug=row.slug, public_id=activity.public_id)

    try:
        target = do_once(form, create)
    except DomainError as error:
        form.apply(error)
        return None
    flash(_("The draft is saved. Read it once more, then publish it."), "success")
    for note in notes:
        flash(_(note.message, **note.values), "warning")
    return redirect(target)


def _start_form(row: OrganisationRow, form: CreateForm) -> None:
    form.languages.data = ["it"]
    copied = request.args.get("copia")
    if not copied:
        return
    activity = _own_activity(row, copied)
    fill_words(form, activity)
    form.kind.data = activity.kind.value
    form.signup_opens_at.data = form.signup_closes_at.data = form.draw_at.data = None
    _copy_openings(form, copied)


def _own_activity(row: OrganisationRow, public_id: str) -> Activity:
    activity = publishing.get_own_activity(current_actor(), public_id)
    if activity.organisation_id != row.id:
        raise NotFound
    return activity


def _copy_reminders(row: OrganisationRow, activity: Activity) -> None:
    """Give a copy the reminders that the other activity has of its own."""
    copied = request.args.get("copia")
    reminders = list_reminders(_own_activity(row, copied).id) if copied else ()
    if reminders:
        set_reminders(current_actor(), activity.public_id, reminders)


def _copy_openings(form: CreateForm, public_id: str) -> None:
    """Offer the roles of the other activity, those given meeting by meeting once."""
    seen = []
    for opening in get_activity_for_desk(current_actor(), public_id).openings:
        is_volunteer = opening.kind == ActivityKind.VOLUNTEERING
        scope = "whole" if opening.occurrence_id is None else "meeting"
        key = (is_volunteer, opening.role, scope)
        if key in seen:
            continue
        entry = form.openings[0] if not seen else form.openings.append_entry()
        seen.append(key)
        entry.form.who.data = "volunteer" if is_volunteer else "participant"
        entry.form.role.data, entry.form.capacity.data, entry.form.minimum.data = opening.role, opening.capacity, opening.minimum
        entry.form.scope.data = scope


@blueprint.route("/<slug>/attivita/<public_id>/modifica", methods=["GET", "POST"])
def activity_edit(slug: str, public_id: str):
    """Change the words of an activity; its place only while it is a draft."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    if activity.state is ActivityState.CANCELLED:
        raise NotAllowed(N_("A cancelled activity cannot be opened again: make a copy of it."))
    form = EditForm().offer(row.id)
    is_draft = activity.state is ActivityState.DRAFT
    if request.method == "GET":
        fill_words(form, activity)
        form.version.data = activity.version
    elif form.validate():
        place_id = number_of(form.place.data) if is_draft else activity.place_id
        try:
            with transaction():
                words = words_of(form, activity.kind, place_id)
                publishing.update_activity(current_actor(), public_id, words, form.version.data or "")
            flash(_("Saved."), "success")
            return redirect(url_for("desk.activity", slug=slug, public_id=public_id))
        except DomainError as error:
            form.apply(error)
    values = {"form": form, "title": activity.title, "public_id": public_id, "is_draft": is_draft}
    return show("desk/activity_edit.html", row, 422 if form.errors else 200, **values)


@blueprint.get("/<slug>/attivita/<public_id>/anteprima")
def activity_preview(slug: str, public_id: str):
    """Show a draft to its organisation as everybody will see it."""
    row = own(slug)
    view = get_activity_for_desk(current_actor(), public_id)
    if view.row.organisation_id != row.id:
        raise NotFound
    if view.row.state != ActivityState.DRAFT:
        return redirect(url_for("activities.activity", slug=view.row.slug))
    shown = replace(view, row=view.row._replace(state=ActivityState.PUBLISHED.value))
    page = activity_page(shown, clock.now())
    return render_template("desk/preview.html", page=page, back_url=url_for("desk.activity", slug=slug, public_id=public_id))


def own_activity(row: OrganisationRow, public_id: str) -> Activity:
    """Return the activity of this organisation for who edits it; NotFound for anything else."""
    activity = publishing.get_own_activity(current_actor(), public_id)
    if activity.organisation_id != row.id:
        raise NotFound
    return activity
