"""Signing in and out."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from civic.accounts.services import signing_in as service
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError
from civic.kernel.i18n import _
from civic.web import signing_in
from civic.web.accounts import forms, going, limits
from civic.web.accounts.blueprint import blueprint
from civic.web.accounts.pages import SignInPage
from civic.web.signing_in import actor_before_code, current_actor


@blueprint.route("/accedi", methods=["GET", "POST"])
@limits.sign_in_limits
def sign_in():
    """Ask for address and password; one sentence for everything that is not right."""
    form = forms.SignInForm()
    if current_actor().is_signed_in and not form.is_submitted():
        return going.go_on()
    if form.validate_on_submit():
        try:
            with transaction():
                # The session this browser had ends with the new one: a token known to somebody else is worth nothing.
                service.sign_out(actor_before_code() or current_actor())
                begun = service.sign_in(form.email.data, form.password.data, going.agent())
            signing_in.begin(begun.token)
            return going.go_on()
        except DomainError as error:
            form.apply(error)
    page = SignInPage(url_for("accounts.register", next=going.wanted_page()), url_for("accounts.forgotten"))
    return render_template("accounts/sign_in.html", page=page, form=form), 422 if form.errors else 200


@blueprint.post("/esci")
def sign_out():
    """End the session, here and wherever a copy of its cookie is."""
    with transaction():
        service.sign_out(actor_before_code() or current_actor())
    signing_in.end()
    flash(_("You have signed out."), "success")
    response = redirect(url_for("activities.home"))
    # Whatever this browser kept of the site, sheets with names among it, goes with the session.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response
