"""How many places there are: for one more role, or for one that is there, and who waits when they become fewer."""

from __future__ import annotations

import re

from flask import flash, redirect, request, url_for
from wtforms import SelectChoice

from civic.activities.queries.activity_page import ActivityView, OpeningRow
from civic.activities.queries.participants import list_people, record_seen
from civic.activities.services import capacity
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import _
from civic.notifications import invitations
from civic.volunteering import services as volunteering
from civic.web.desk.activity import own_view
from civic.web.desk.activity_forms import AddOpeningForm, CapacityForm
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.people import band_of, short_name
from civic.web.desk.reading import opening_of
from civic.web.desk.writing import own_activity
from civic.web.doing import do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor


@blueprint.route("/<slug>/attivita/<public_id>/posti", methods=["GET", "POST"])
def opening_new(slug: str, public_id: str):
    """Open places for one more role."""
    row = own_to_edit(slug)
    found = own_activity(row, public_id)
    form = AddOpeningForm()
    if form.validate_on_submit():

        def add() -> str:
            fields = opening_of(form, found.kind.value)
            per_meeting = form.scope.data == "meeting"
            capacity.add_opening(current_actor(), public_id, fields, per_meeting=per_meeting)
            return url_for("desk.activity", slug=slug, public_id=public_id)

        try:
            target = do_once(form, add)
            flash(_("The places are open."), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    values = {"form": form, "title": found.title, "public_id": public_id, "opening": None}
    return show("desk/places.html", row, 422 if form.errors else 200, **values)


@blueprint.route("/<slug>/attivita/<public_id>/posti/<opening_id>", methods=["GET", "POST"])
def opening_edit(slug: str, public_id: str, opening_id: str):
    """Set how many places there are; new ones go to who waits. Below what is taken it is chosen who waits."""
    row = own_to_edit(slug)
    view = own_view(row, public_id)
    opening = next((one for one in view.openings if one.public_id == opening_id), None)
    if opening is None:
        raise NotFound
    form = CapacityForm()
    if request.method == "GET":
        form.capacity.data, form.minimum.data = opening.capacity, opening.minimum
        form.seen.data = f"{opening.minimum}-{opening.capacity}"
    elif _offer_holders(form, view, opening).validate():
        try:
            with transaction():
                numbers = (form.minimum.data or 0, form.capacity.data)
                capacity.change_capacity(current_actor(), opening_id, *numbers, form.to_queue.data, _seen(form))
            flash(_("Saved."), "success")
            return redirect(url_for("desk.activity", slug=slug, public_id=public_id))
        except DomainError as error:
            form.apply(error)
    values = {"form": form, "title": view.row.title, "public_id": public_id, "opening": opening}
    return show("desk/places.html", row, 422 if form.errors else 200, **values)


@blueprint.route("/<slug>/attivita/<public_id>/posti/<opening_id>/invita", methods=["GET", "POST"])
def opening_invite(slug: str, public_id: str, opening_id: str):
    """Say how many would be invited to a shift that lacks people, and with which words; then do it. Nobody is named."""
    row = own_to_edit(slug)
    view = own_view(row, public_id)
    if opening_id not in {one.public_id for one in view.openings}:
        raise NotFound
    back = url_for("desk.activity", slug=slug, public_id=public_id)
    form = SubmitForm()
    try:
        shift = volunteering.get_own_shift(current_actor(), opening_id)
        if form.validate_on_submit():
            with transaction():
                volunteering.invite_who_fits(current_actor(), opening_id)
            flash(_("The invitations are on their way."), "success")
            return redirect(back)
    except NotFound:
        raise
    except DomainError as error:
        flash(_(error.message, **error.values), "danger")
        return redirect(back)
    letter = invitations.preview(shift.id)
    values = {"form": form, "title": view.row.title, "back": back, "letter": letter}
    return show("desk/invite.html", row, count=invitations.count_to_invite(shift), shift=shift, **values)


def _seen(form: CapacityForm) -> tuple[int, int]:
    """Return the numbers that the page showed; numbers that are nobody's where the form does not say them."""
    found = re.fullmatch(r"(\d{1,6})-(\d{1,6})", form.seen.data or "", re.ASCII)
    return (int(found[1]), int(found[2])) if found else (-1, -1)


def _offer_holders(form: CapacityForm, view: ActivityView, opening: OpeningRow) -> CapacityForm:
    """Where the number lies below what is taken, let the form offer who has a place; that names were seen is written down."""
    if not isinstance(form.capacity.data, int) or form.capacity.data >= opening.taken:
        return form
    people = list_people(current_actor(), view.row.id, view.row.organisation_id)
    holders = [one for one in people if one.opening == opening.public_id and one.state is SignupState.CONFIRMED]
    if holders:
        with transaction():
            record_seen(current_actor(), view.row.id, len(holders), "places")
    day = clock.to_rome(view.row.starts_at or clock.now()).date()
    form.to_queue.choices = [
        SelectChoice(one.public_id, short_name(one.given_name, one.family_name, band_of(one.birth_on, day)) or _("Somebody"))
        for one in holders
    ]
    return form
