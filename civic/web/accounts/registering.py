"""Opening an account: the same answer whether or not the address is known."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie

from civic.accounts.services import links, registering, sessions
from civic.accounts.services import signing_in as service
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.accounts.typos import suggest_address
from civic.kernel import clock, submit_once
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound, RuleBroken
from civic.kernel.i18n import N_, _
from civic.web import signing_in
from civic.web.accounts import forms, going, limits, texts
from civic.web.accounts.blueprint import blueprint
from civic.web.accounts.pages import LinkPage, ReceivedPage, RegisterPage
from civic.web.signing_in import actor_before_code, current_actor

_MARK = "registration"
_ROUTE = "accounts.register"


@blueprint.route("/registrati", methods=["GET", "POST"])
@limits.registration_limits
def register():
    """Ask for what an account needs; then the mailed link is waited for."""
    form = forms.RegisterForm()
    suggestion = None
    if form.validate_on_submit():
        suggestion = _suggestion_for(form)
        if suggestion is None:
            try:
                _register(form)
                return limits.say_received("registrazione")
            except DomainError as error:
                form.apply(error)
    page = RegisterPage(texts.account_text(), suggestion, url_for("accounts.sign_in", next=going.wanted_page()))
    return render_template("accounts/register.html", page=page, form=form), 422 if form.errors or suggestion else 200


def _suggestion_for(form: forms.RegisterForm) -> str | None:
    """Return the address that was probably meant, once; who sends the same address again means it."""
    typed = form.email.data.strip()
    if form.email_checked.data == typed:
        return None
    form.email_checked.data = typed
    return suggest_address(typed)


def _register(form: forms.RegisterForm) -> None:
    details = PersonDetails(form.given_name.data, form.family_name.data, form.birth_on.data, form.email.data)
    with transaction():
        if not submit_once.claim(form.submit_key.data, _ROUTE, None, ""):
            return
        mark = registering.register(details, form.password.data, texts.account_text())
    cookie[_MARK] = mark


@blueprint.get("/controlla-la-posta")
def received():
    """Say what happens next; the same words whether or not the address is known."""
    is_registration = request.args.get("per") != "password"
    again = "accounts.register" if is_registration else "accounts.forgotten"
    page = ReceivedPage(is_registration, url_for(again), url_for("accounts.sign_in"))
    return render_template("accounts/received.html", page=page)


@blueprint.route("/registrazione/<token>", methods=["GET", "POST"])
@limits.link_limits
def confirm_account(token: str):
    """Let who registered confirm the address with a click, and be signed in; a mail scanner changes nothing."""
    link = links.find_link(token, LinkPurpose.CONFIRM_ADDRESS)
    if link is None:
        raise NotFound
    form = forms.ConfirmForm()
    asks_password = not registering.is_same_browser(token, cookie.get(_MARK))
    if form.validate_on_submit():
        try:
            session_token = _confirm(token, form, asks_password)
            signing_in.begin(session_token)
            flash(_("Your account is ready."), "success")
            return redirect(url_for("personal.overview"))
        except DomainError as error:
            form.apply(error)
    is_usable = link.used_at is None and link.expires_at > clock.now()
    page = LinkPage(is_usable, asks_password, url_for("accounts.sign_in" if link.used_at else "accounts.register"))
    return render_template("accounts/confirm.html", page=page, form=form), 422 if form.errors else 200


def _confirm(token: str, form: forms.ConfirmForm, asks_password: bool) -> str:
    if asks_password and not form.password.data:
        raise RuleBroken(N_("Write your password."), field="password")
    with transaction():
        account_id = registering.confirm_account(token, form.password.data if asks_password else None)
        service.sign_out(actor_before_code() or current_actor())
        return sessions.start_session(account_id, going.agent())
