"""Password, authenticator, and the browsers that are signed in."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from civic.accounts import queries
from civic.accounts.services import recovering, registering, sessions
from civic.accounts.services import signing_in as service
from civic.audit import services as audit
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError
from civic.kernel.i18n import _
from civic.web import signing_in
from civic.web.accounts import going, limits
from civic.web.personal import forms, pages
from civic.web.personal.agents import name_of_agent
from civic.web.personal.area import build_area
from civic.web.personal.blueprint import blueprint
from civic.web.signing_in import current_actor


@blueprint.route("/sicurezza", methods=["GET", "POST"])
@limits.password_limits
def security():
    """Show all of it; change the password, which ends every other session."""
    actor = current_actor()
    form = forms.PasswordForm()
    if form.validate_on_submit():
        try:
            with transaction():
                token = registering.change_password(
                    actor, form.old_password.data, form.new_password.data, going.agent()
                )
            signing_in.begin(token)
            flash(_("The password is changed. Every other browser was signed out."), "success")
            return redirect(url_for("personal.security"))
        except DomainError as error:
            form.apply(error)
    return _show(actor, form)


def _show(
    actor: Actor, form: forms.PasswordForm, code: forms.EndCodeForm | None = None, renew: forms.RenewCodesForm | None = None
):
    code, renew = code or forms.EndCodeForm(formdata=None), renew or forms.RenewCodesForm(formdata=None)
    page = pages.SecurityPage(
        area=build_area(actor),
        email=queries.get_own(actor).email,
        has_authenticator=actor.enrolled_second_factor,
        is_compulsory=actor.must_have_second_factor,
        codes_left=recovering.count_left(actor) if actor.enrolled_second_factor else 0,
        sessions=tuple(
            pages.SessionItem(name_of_agent(row.agent), row.created_at, row.last_seen_at, row.id == actor.session_id)
            for row in service.list_sessions(actor)
        ),
    )
    act = forms.ActForm(formdata=None)
    status = 422 if form.errors or code.errors or renew.errors else 200
    return render_template("personal/security.html", page=page, form=form, code=code, renew=renew, act=act), status


@blueprint.post("/sicurezza/altre-sessioni")
def end_sessions():
    """Sign every other browser out."""
    actor = current_actor()
    with transaction():
        sessions.end_sessions(actor.account_id, but=actor.session_id)
        audit.record(actor, "end_other_sessions", "account", actor.account_id)
    flash(_("Every other browser was signed out."), "success")
    return redirect(url_for("personal.security"))


@blueprint.post("/sicurezza/codice")
@limits.code_limits
def end_second_factor():
    """Put the authenticator away, against one last code."""
    actor = current_actor()
    code = forms.EndCodeForm()
    if code.validate_on_submit():
        try:
            with transaction():
                service.end_second_factor(actor, code.code.data)
            flash(_("From now on we no longer ask for a code."), "success")
            return redirect(url_for("personal.security"))
        except DomainError as error:
            code.apply(error)
    return _show(actor, forms.PasswordForm(formdata=None), code)


@blueprint.post("/sicurezza/codici-di-riserva")
@limits.code_limits
def renew_codes():
    """Show ten fresh codes for a lost phone, against one of the moment; the old ones are worthless."""
    actor = current_actor()
    form = forms.RenewCodesForm()
    if form.validate_on_submit():
        try:
            with transaction():
                codes = service.renew_recovery_codes(actor, form.current_code.data)
            return render_template("accounts/recovery_codes.html", codes=codes, next_url=url_for("personal.security"))
        except DomainError as error:
            form.apply(error)
    return _show(actor, forms.PasswordForm(formdata=None), renew=form)
