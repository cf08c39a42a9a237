"""A forgotten password: a link by mail, a new password, every session ended."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from civic.accounts.services import links, registering
from civic.accounts.types import LinkPurpose
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import _
from civic.web import signing_in
from civic.web.accounts import forms, limits
from civic.web.accounts.blueprint import blueprint
from civic.web.accounts.pages import LinkPage


@blueprint.route("/password", methods=["GET", "POST"])
@limits.forgotten_limits
def forgotten():
    """Ask where to send the link; the same answer whether or not the address is known."""
    form = forms.ForgottenForm()
    if form.validate_on_submit():
        with transaction():
            registering.ask_password_reset(form.email.data)
        return limits.say_received("password")
    return render_template("accounts/forgotten.html", form=form), 422 if form.errors else 200


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@limits.link_limits
def reset(token: str):
    """Let who opened the link choose a new password; opening it uses nothing up."""
    link = links.find_link(token, LinkPurpose.RESET_PASSWORD)
    if link is None:
        raise NotFound
    form = forms.ResetForm()
    if form.validate_on_submit():
        try:
            with transaction():
                registering.reset_password(token, form.password.data)
            signing_in.end()
            flash(_("The password is changed. Sign in with the new one."), "success")
            return redirect(url_for("accounts.sign_in"))
        except DomainError as error:
            form.apply(error)
    is_usable = link.used_at is None and link.expires_at > clock.now()
    page = LinkPage(is_usable, False, url_for("accounts.forgotten"))
    return render_template("accounts/reset.html", page=page, form=form), 422 if form.errors else 200
