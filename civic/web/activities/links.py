"""Pages behind mailed links: they change nothing when opened, and ask for a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from civic.accounts.services import links as mailed
from civic.accounts.services import people, sessions
from civic.accounts.types import LinkPurpose
from civic.activities.queries import linked
from civic.activities.services import authorising, confirming
from civic.activities.services.authorising import Answer
from civic.activities.services.second_guardian import Second
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.web import limits, signing_in
from civic.web.activities import forms, mine, signup_pages, texts
from civic.web.doing import do_and_say

blueprint = Blueprint("links", __name__)


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """What is confirmed, and who was named as a parent, so that whoever did not write it does not click."""

    is_usable: bool
    title: str
    guardian_email: str | None
    asks_second: bool
    asks_phone: bool


@blueprint.route("/conferma/<token>", methods=["GET", "POST"])
def confirm(token: str):
    """Let a newcomer confirm the address with a click; a mail scanner that opens the page changes nothing."""
    form = forms.ConfirmForm()
    link = mailed.find_link(token, LinkPurpose.CONFIRM_SIGNUP)
    if link is None:
        raise NotFound
    view = linked.get_signup_of_link(link.subject_id)
    if request.method == "POST":
        limits.count_form()
    if form.validate_on_submit() and request.form.get("answer") == "no":
        done = N_("Done: the place was given back.")
        do_and_say(lambda: confirming.refuse_address(token), done)
        return redirect(url_for("activities.home"))
    if form.validate_on_submit():
        try:
            with transaction():
                confirmed = confirming.confirm_address(token, _second_of(form, view), form.phone.data)
                session_token = _session_for(confirmed.account_id)
            return _after_confirmation(link, confirmed, session_token)
        except DomainError as error:
            if error.field in ("second_email", "phone"):
                form.apply(error)
            else:
                flash(_(error.message, **error.values), "danger")
    is_usable = link.used_at is None and link.expires_at > clock.now()
    if not is_usable and link.used_at is not None:
        return redirect(_signup_url(view.public_id, link.person_id))
    is_enrolled = view.guardian_id == link.person_id
    named = None if is_enrolled else view.guardian_email
    asks_second = is_enrolled and view.lacks_yes and view.authorisations_needed > 1
    page = ConfirmPage(is_usable, view.title, named, asks_second, is_enrolled and _asks_phone(view, link.person_id))
    return render_template("signups/confirm.html", page=page, form=form), 422 if form.errors else 200


def _asks_phone(view: Any, guardian_id: int) -> bool:
    """Whether who says yes is called, and has not said where."""
    return view.asks_call and people.phone_of(guardian_id) is None


def _second_of(form: forms.ConfirmForm, view: Any) -> Second:
    """Return what who enrolled a child says of the other parent; the text that is kept says as well that there is none."""
    if not form.is_sole.data:
        return form.second()
    return form.second(texts.authorisation_text(view.title, view.organisation_name, view.authorisations_needed, is_sole=True))


def _session_for(account_id: int | None) -> str | None:
    """A known address signs in by its link (without the second factor, which stays to be asked)."""
    if account_id is None:
        return None
    return sessions.start_session(account_id, request.user_agent.string)


def _after_confirmation(link, confirmed: confirming.Confirmed, session_token: str | None):
    if session_token is not None:
        signing_in.begin(session_token)
        return redirect(url_for("mine.signup", public_id=confirmed.signup_public_id))
    return redirect(_signup_url(confirmed.signup_public_id, link.person_id))


def _signup_url(public_id: str, person_id: int) -> str:
    """Return where the signup is seen: through a signed link, or signed in where it belongs to an account by now."""
    token = linked.manage_token(public_id, person_id)
    try:
        linked.actor_of_token(token)
    except NotFound:
        return mine.own_signup_url(public_id)
    return url_for("links.signup", token=token)


@dataclass(frozen=True, slots=True)
class AuthorisationPage:
    """What a guardian reads before answering."""

    row: Any
    is_usable: bool
    answer: str | None
    text: str
    privacy: str
    asks_consent: bool
    asks_second: bool
    asks_contact: bool
    asks_phone: bool
    is_replaced: bool


@blueprint.route("/autorizzazione/<token>", methods=["GET", "POST"])
def authorisation(token: str):
    """Let a guardian read, identify themselves and say yes or no."""
    link, asked = authorising.read_asked(token)
    row = linked.get_signup_of_link(asked.signup_id)
    text = texts.authorisation_text(row.title, row.organisation_name, row.authorisations_needed)
    form = forms.AuthorisationForm()
    if request.method == "POST":
        limits.count_form()
    if request.method == "POST" and request.form.get("answer") == "no":
        return _answer(token, Answer(is_granted=False), form) or _show_authorisation(form, link, asked, row, text)
    if form.validate_on_submit():
        agreed = texts.privacy_text() if form.consent.data else ""
        said = texts.authorisation_text(
            row.title, row.organisation_name, row.authorisations_needed, is_sole=form.is_sole.data
        )
        reached_at = (form.email.data, form.phone.data)
        answer = Answer(True, form.name.data, said, form.is_responsible.data, agreed, form.second(), *reached_at)
        done = _answer(token, answer, form)
        if done is not None:
            return done
    return _show_authorisation(form, link, asked, row, text)


def _answer(token: str, answer: Answer, form: forms.AuthorisationForm):
    try:
        with transaction():
            authorising.answer_by_link(token, answer)
        return redirect(url_for("links.authorisation", token=token))
    except DomainError as error:
        form.apply(error)
        return None


def _show_authorisation(form, link, asked, row, text: str):
    # A corrected address kills the link that went before: whoever reads it is told neither who answers now, nor what.
    is_replaced = link.person_id != asked.guardian_id or (link.used_at is not None and asked.answer is None)
    is_usable = asked.answer is None and link.used_at is None and link.expires_at > clock.now()
    page = AuthorisationPage(
        row=row,
        is_usable=is_usable and not is_replaced,
        answer=asked.answer.value if asked.answer and not is_replaced else None,
        text=text,
        privacy=texts.privacy_text(),
        asks_consent=authorising.is_child(row.birth_on) and not row.has_a_yes,
        asks_second=row.authorisations_needed > 1 and not row.has_a_yes,
        asks_contact=authorising.is_unreachable(asked.guardian_id),
        asks_phone=_asks_phone(row, asked.guardian_id),
        is_replaced=is_replaced,
    )
    return render_template("signups/authorisation.html", page=page, form=form), 422 if form.errors else 200


@blueprint.get("/i/<token>")
def signup(token: str):
    """Show a signup to a person without an account, through the signed link of their mails."""
    actor, public_id = linked.actor_of_token(token)
    return mine.show(actor, public_id, _urls(token))


@blueprint.post("/i/<token>/<action>")
def act(token: str, action: str):
    """Do one of the actions of a signup through the signed link."""
    limits.count_form()
    actor, public_id = linked.actor_of_token(token)
    return mine.do(actor, public_id, action, _urls(token))


def _urls(token: str) -> signup_pages.Urls:
    page = url_for("links.signup", token=token)
    return signup_pages.Urls(page, page)
