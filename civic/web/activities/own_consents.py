"""The consents of who is 14 or older and has no account, behind the link of our mails: read, confirmed, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for

from civic.accounts.queries import list_consents_of
from civic.activities.services import own_consent
from civic.kernel.i18n import N_
from civic.web import limits
from civic.web.activities.texts import privacy_text
from civic.web.doing import do_and_say
from civic.web.forms import SubmitForm

blueprint = Blueprint("own_consents", __name__)


@dataclass(frozen=True, slots=True)
class GivenItem:
    """A consent that stands: its words, since when, and whether the person gave it themselves."""

    text: str
    given_at: datetime
    is_own: bool


@dataclass(frozen=True, slots=True)
class OwnConsentsPage:
    """What stands for the person; they may make it their own (`privacy` are the words of today) or take it back."""

    given: tuple[GivenItem, ...]
    is_own: bool
    privacy: str


@blueprint.get("/consensi/<token>")
def show(token: str) -> str:
    """Show what was agreed to about the person's data; opening it changes nothing."""
    actor = own_consent.actor_of_token(token)
    standing = [row for row in list_consents_of(actor) if row.withdrawn_at is None]
    given = tuple(GivenItem(row.text, row.given_at, row.given_by_id == actor.person_id) for row in standing)
    page = OwnConsentsPage(given, any(one.is_own for one in given), privacy_text())
    return render_template("signups/own_consents.html", page=page, form=SubmitForm(formdata=None))


@blueprint.post("/consensi/<token>")
def decide(token: str):
    """Confirm the consent in the person's own name, or take it back."""
    limits.count_form()
    actor = own_consent.actor_of_token(token)
    if SubmitForm().validate_on_submit():
        answer = request.form.get("answer")
        if answer == "withdraw":
            done = N_("Consent withdrawn: your sign-ups to come are cancelled, and we delete your data within a day.")
            if do_and_say(lambda: own_consent.withdraw(actor), done):
                return redirect(url_for("activities.home"))
        elif answer == "confirm":
            do_and_say(lambda: own_consent.confirm(actor, privacy_text()), N_("Saved: the consent is yours now."))
    return redirect(url_for("own_consents.show", token=token))
