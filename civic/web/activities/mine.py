"""A signup as the person it belongs to, or their guardian, sees and changes it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for

from civic.accounts.rules import normalise_email
from civic.activities.queries.facts import find_signup
from civic.activities.queries.guardians import with_ward
from civic.activities.queries.participants import record_seen
from civic.activities.queries.signups import get_signup_for
from civic.activities.services import answering, correcting
from civic.certificates.queries.issued import list_earned
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.web import limits
from civic.web.activities import forms, signup_pages
from civic.web.messages.forms import InvitationsForm
from civic.web.signing_in import current_actor

blueprint = Blueprint("mine", __name__)


@blueprint.get("/iscrizioni/<public_id>")
def signup(public_id: str):
    """Show where a signup stands and what can be done with it."""
    actor, urls = current_actor(), signup_pages.own_urls(public_id)
    try:
        return show(actor, public_id, urls)
    except NotFound:
        return show(with_ward(actor, public_id), public_id, urls)


def show(actor: Actor, public_id: str, urls: signup_pages.Urls, form: forms.CorrectGuardianForm | None = None):
    """Render the page of a signup for whoever may see it, with the addresses under which they may act."""
    now = clock.now()
    view = get_signup_for(actor, public_id, now)
    if not signup_pages.is_about(actor, view):
        with transaction():
            record_seen(actor, view.row.activity_id, 1, "signup")
    # Nothing is earned before it is over, and most look at the page before.
    is_over = view.row.ends_at is not None and view.row.ends_at <= now
    earned = list_earned([view.row.person_id]) if is_over and signup_pages.may_take(actor, view) else {}
    page = signup_pages.signup_page(actor, view, urls, earned.get((view.row.activity_id, view.row.person_id)))
    correct = form or (forms.CorrectGuardianForm() if page.can_correct_guardian else None)
    status = 422 if form is not None and form.errors else 200
    invitations = InvitationsForm(formdata=None) if page.asks_about_invitations else None
    values = {"page": page, "form": forms.ActForm(), "correct": correct, "invitations": invitations}
    return render_template("signups/signup.html", **values), status


@blueprint.post("/iscrizioni/<public_id>/<action>")
def act(public_id: str, action: str):
    """Cancel, take an offered place, leave it to the next, take a late place, ask the guardian again."""
    limits.count_form()
    return do(with_ward(current_actor(), public_id), public_id, action, signup_pages.own_urls(public_id))


def do(actor: Actor, public_id: str, action: str, urls: signup_pages.Urls):
    """Do one of the actions of a signup and go back to its page."""
    if action == "genitore":
        return _ask_again(actor, public_id, urls)
    if action not in _ACTIONS:
        raise NotFound
    verb, done, tone = _ACTIONS[action]
    try:
        with transaction():
            verb(actor, public_id)
        flash(_(done), tone)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        flash(_(error.message, **error.values), "danger")
    return redirect(urls.page)


_ACTIONS = {
    "disdici": (answering.cancel_signup, N_("Done: your place goes to the next person. Thank you for telling us."), "success"),
    "accetta": (answering.accept_offer, N_("The place is yours."), "success"),
    "non-ora": (answering.keep_waiting, N_("All right: you stay in the list, at its end."), "info"),
    "prendi": (answering.take_free_place, N_("The place is yours."), "success"),
}


def _ask_again(actor: Actor, public_id: str, urls: signup_pages.Urls):
    form = forms.CorrectGuardianForm()
    found = find_signup(public_id)
    if found is None or (found.person_id != actor.person_id and found.person_id not in actor.wards):
        raise NotFound
    if form.validate_on_submit():
        try:
            with transaction():
                correcting.correct_guardian(actor, public_id, normalise_email(form.email.data))
            flash(_("We have written again. The old link no longer works."), "success")
            return redirect(urls.page)
        except DomainError as error:
            if error.field is None:
                flash(_(error.message, **error.values), "danger")
                return redirect(urls.page)
            form.apply(error)
    return show(actor, public_id, urls, form)


def own_signup_url(public_id: str) -> str:
    """Return the address of a signup for a signed-in person."""
    return url_for("mine.signup", public_id=public_id)
