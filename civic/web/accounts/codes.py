"""The one-time code of an authenticator: asked at sign-in, and begun here."""

from __future__ import annotations

import segno
from flask import redirect, render_template, request, url_for

from civic.accounts import queries
from civic.accounts.services import recovering, sessions
from civic.accounts.services import signing_in as service
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, RuleBroken
from civic.kernel.i18n import N_
from civic.web import signing_in
from civic.web.accounts import forms, going, limits
from civic.web.accounts.blueprint import blueprint
from civic.web.accounts.pages import EnrolPage
from civic.web.signing_in import actor_before_code, current_actor


@blueprint.route("/codice", methods=["GET", "POST"])
@limits.code_limits
def second_factor():
    """Ask for the code; a session that has passed it takes the place of the one that had not."""
    actor = actor_before_code()
    if actor is None:
        return going.go_on() if current_actor().is_signed_in else redirect(url_for("accounts.sign_in"))
    form = forms.CodeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                token = service.pass_second_factor(actor, form.code.data, going.agent())
            signing_in.begin(token)
            return going.go_on()
        except DomainError as error:
            form.apply(error)
    return render_template("accounts/second_factor.html", form=form), 422 if form.errors else 200


@blueprint.route("/codice/attiva", methods=["GET", "POST"])
@limits.code_limits
def enrol_second_factor():
    """Show the drawing for the app once it is asked for, and take the first code made with it."""
    actor = current_actor()
    form = forms.EnrolForm()
    if request.form.get("step") == "begin" and not actor.enrolled_second_factor:
        with transaction():
            service.begin_second_factor(actor)
        return redirect(url_for("accounts.enrol_second_factor", next=going.wanted_page()))
    if form.validate_on_submit() and not actor.enrolled_second_factor:
        try:
            token, recovery_codes = _confirm(actor, form)
            signing_in.begin(token)
            return render_template("accounts/recovery_codes.html", codes=recovery_codes, next_url=going.go_on().location)
        except DomainError as error:
            form.apply(error)
    page = _enrol_page(actor)
    start = forms.ActForm(formdata=None)
    return render_template("accounts/enrol.html", page=page, form=form, start=start), 422 if form.errors else 200


def _confirm(actor: Actor, form: forms.EnrolForm) -> tuple[str, tuple[str, ...]]:
    """Return the token of a fresh session, and the codes for a lost phone: they are shown in the answer, and never again."""
    with transaction():
        if not sessions.is_fresh(actor):
            if not form.password.data:
                raise RuleBroken(N_("Write your password."), field="password")
            service.check_password_of(actor, form.password.data)
        return service.confirm_second_factor(actor, form.code.data, going.agent()), recovering.make_codes(actor)


def _enrol_page(actor: Actor) -> EnrolPage:
    secret = None if actor.enrolled_second_factor else service.find_unconfirmed_secret(actor)
    return EnrolPage(
        qr=_drawing(secret, queries.get_own(actor).email) if secret else None,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)) if secret else None,
        is_compulsory=actor.must_have_second_factor,
        is_enrolled=actor.enrolled_second_factor,
        asks_password=bool(secret) and not sessions.is_fresh(actor),
    )


def _drawing(secret: str, email: str) -> str:
    """Return the QR code as an address that holds the drawing itself; light ground, so that it reads in the dark as well."""
    code = segno.make(service.second_factor_uri(secret, email), error="m")
    return code.svg_data_uri(scale=5, border=4, dark="#16203d", light="#fff")
