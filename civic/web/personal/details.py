"""One's own data: change them, move to another address, take everything along."""

from __future__ import annotations

import json

from flask import Response, flash, redirect, render_template, url_for

from civic.accounts import queries, rules
from civic.accounts.services import links, profile, sessions, signing_in
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.accounts.typos import suggest_address
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound, RuleBroken
from civic.kernel.i18n import N_, _
from civic.notifications import suppressions
from civic.reporting.personal_data import collect_personal_data
from civic.web.accounts import limits
from civic.web.personal import forms, pages
from civic.web.personal.area import build_area
from civic.web.personal.blueprint import blueprint
from civic.web.signing_in import current_actor


@blueprint.route("/dati", methods=["GET", "POST"])
def details():
    """Show and change name, telephone and language."""
    actor = current_actor()
    own = queries.get_own(actor)
    written = {"given_name": own.given_name, "family_name": own.family_name, "language": own.language}
    form = forms.DetailsForm(data={**written, "phone": rules.written_phone(own.phone)})
    if form.validate_on_submit():
        try:
            with transaction():
                profile.change_details(actor, _details_of(form))
            flash(_("Saved."), "success")
            return redirect(url_for("personal.details"))
        except DomainError as error:
            form.apply(error)
    page = pages.DetailsPage(build_area(actor), own.email, own.birth_on)
    return render_template("personal/details.html", page=page, form=form), 422 if form.errors else 200


def _details_of(form: forms.DetailsForm) -> PersonDetails:
    return PersonDetails(
        form.given_name.data, form.family_name.data, phone=form.phone.data or "", language=form.language.data
    )


@blueprint.route("/dati/indirizzo", methods=["GET", "POST"])
@limits.password_limits
@limits.address_limits
def address():
    """Ask for another address; the same answer whether or not somebody has it."""
    actor = current_actor()
    form = forms.AddressForm()
    suggestion = None
    if form.validate_on_submit():
        suggestion = _suggestion_for(form)
        if suggestion is None:
            try:
                with transaction():
                    profile.ask_address_change(actor, form.password.data, form.email.data)
                flash(_("We have written to the new address: open the link there to confirm it."), "success")
                return redirect(url_for("personal.details"))
            except DomainError as error:
                form.apply(error)
    page = pages.AddressPage(build_area(actor), queries.get_own(actor).email, suggestion)
    return render_template("personal/address.html", page=page, form=form), 422 if form.errors or suggestion else 200


def _suggestion_for(form: forms.AddressForm) -> str | None:
    typed = form.email.data.strip()
    if form.email_checked.data == typed:
        return None
    form.email_checked.data = typed
    return suggest_address(typed)


@blueprint.route("/dati/posta", methods=["GET", "POST"])
@limits.address_limits
def mailbox():
    """Say that mail comes back, and to which address; write to it again where its owner has put it right."""
    actor = current_actor()
    form = forms.ActForm()
    email = queries.get_own(actor).email
    if form.validate_on_submit():
        with transaction():
            suppressions.lift(email)
        flash(_("We write to you again from now on. If mail still comes back, this page tells you."), "success")
        return redirect(url_for("personal.details"))
    page = pages.MailboxPage(build_area(actor), email, actor.mail_comes_back)
    return render_template("personal/mailbox.html", page=page, form=form)


@blueprint.route("/indirizzo/<token>", methods=["GET", "POST"])
@limits.link_limits
def confirm_address(token: str):
    """Let who opened the link confirm the new address with a click."""
    link = links.find_link(token, LinkPurpose.CHANGE_ADDRESS)
    if link is None:
        raise NotFound
    form = forms.ActForm()
    if form.validate_on_submit():
        try:
            with transaction():
                profile.change_address(token)
            flash(_("The new address is confirmed. Sign in with it from now on."), "success")
            return redirect(url_for("personal.details"))
        except DomainError as error:
            form.apply(error)
    page = pages.LinkPage(link.used_at is None and link.expires_at > clock.now())
    return render_template("personal/confirm_address.html", page=page, form=form), 422 if form.errors else 200


@blueprint.route("/dati/scarica", methods=["GET", "POST"])
@limits.password_limits
def download():
    """Hand over everything known of the person and of the children, as a file that programs can read."""
    actor = current_actor()
    form = forms.DownloadForm()
    is_fresh = sessions.is_fresh(actor)
    if form.validate_on_submit():
        try:
            if not is_fresh:
                _check_password(form)
            return _file(collect_personal_data(actor))
        except DomainError as error:
            form.apply(error)
    page = pages.DownloadPage(build_area(actor), asks_password=not is_fresh)
    return render_template("personal/download.html", page=page, form=form), 422 if form.errors else 200


def _check_password(form: forms.DownloadForm) -> None:
    if not form.password.data:
        raise RuleBroken(N_("Write your password."), field="password")
    with transaction():
        signing_in.check_password_of(current_actor(), form.password.data)


def _file(data: dict) -> Response:
    text = json.dumps(data, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="i-miei-dati.json"'}
    return Response(text, mimetype="application/json", headers=headers)
