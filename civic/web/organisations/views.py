"""The public list and page of organisations, registering one, answering an invitation."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from civic.activities.queries.lists import Filters, list_public
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError
from civic.kernel.i18n import _
from civic.organisations import queries
from civic.organisations.services import members, verifying
from civic.organisations.types import ROLE_LABELS
from civic.programme.queries import list_quartieri
from civic.web.activities.pages import CARDS_PER_PAGE, card_list
from civic.web.doing import do_once
from civic.web.forms import SubmitForm, is_submitted
from civic.web.limits import count_form
from civic.web.organisations import pages
from civic.web.organisations.forms import OrganisationForm
from civic.web.page_cache import public_page
from civic.web.paging import page_number
from civic.web.signing_in import current_actor

blueprint = Blueprint("organisations", __name__)


@blueprint.get("/organizzazioni")
def index() -> Response:
    """List the verified organisations."""
    text = request.args.get("q", "").strip()[:80]
    quartiere = request.args.get("quartiere") or None
    number = page_number(request.args.get("pagina"))
    rows, total = queries.list_public(text, quartiere, number)
    return public_page(
        (rows, total),
        lambda: render_template("organisations/list.html", page=pages.list_page(rows, total, number, text, quartiere)),
    )


@blueprint.get("/organizzazioni/<slug>")
def organisation(slug: str) -> Response:
    """Show an organisation and what it offers."""
    row = queries.get_public(slug)
    number = page_number(request.args.get("pagina"))
    found = list_public(Filters(organisation_id=row.id), number, CARDS_PER_PAGE)
    return public_page(
        (row, found),
        lambda: render_template("organisations/organisation.html", page=pages.organisation_page(row, card_list(found, number))),
    )


@blueprint.route("/organizzazioni/registra", methods=["GET", "POST"])
def register_organisation():
    """Let who is signed in register an organisation, which then waits to be verified."""
    actor = current_actor()
    if is_submitted():
        count_form()
    form = OrganisationForm().offer(list_quartieri())
    if form.validate_on_submit():

        def register() -> str:
            row = verifying.register_organisation(actor, form.fields(), actor.person_id)
            return url_for("desk.organisation", slug=row.slug)

        try:
            target = do_once(form, register)
            flash(_("The organisation is registered. The administration checks it; meanwhile you can prepare drafts."), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    return render_template("organisations/register.html", form=form), 422 if form.errors else 200


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """An invitation, and whether who looks can answer it."""

    organisation_name: str
    role: str
    is_usable: bool
    is_accepted: bool
    is_signed_in: bool
    desk_url: str


@blueprint.route("/invito/<token>", methods=["GET", "POST"])
def invitation(token: str):
    """Show an invitation; a click accepts it, opening the page does not."""
    view = queries.get_invitation(token)
    actor, form = current_actor(), SubmitForm()
    if is_submitted():
        count_form()
    desk_url = url_for("desk.organisation", slug=view.organisation_slug)
    if form.validate_on_submit() and actor.is_signed_in:
        try:
            with transaction():
                members.accept_invitation(actor, token)
            flash(_("Welcome: you are a member of %(name)s now.", name=view.organisation_name), "success")
            return redirect(desk_url)
        except DomainError as error:
            form.apply(error)
    page = InvitationPage(
        organisation_name=view.organisation_name,
        role=_(ROLE_LABELS[view.role]),
        is_usable=view.is_usable,
        is_accepted=view.is_accepted,
        is_signed_in=actor.is_signed_in,
        desk_url=desk_url,
    )
    return render_template("organisations/invitation.html", page=page, form=form), 422 if form.errors else 200
