"""What was agreed to and authorised, with the exact words, and how it is taken back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from civic.accounts import queries
from civic.accounts.services import closing
from civic.activities.queries.authorisations import list_authorisations_of
from civic.activities.services import own_consent, withdrawing
from civic.kernel.actor import Actor
from civic.kernel.i18n import N_, _
from civic.organisations.services import members
from civic.web import signing_in
from civic.web.doing import do_and_say
from civic.web.personal import consent_pages, forms
from civic.web.personal.area import build_area
from civic.web.personal.blueprint import blueprint
from civic.web.personal.children import leave_ward
from civic.web.signing_in import current_actor


@blueprint.get("/consensi")
def consents():
    """List consents and authorisations with their dates."""
    actor = current_actor()
    page = consent_pages.consents_page(
        actor,
        build_area(actor),
        queries.list_consents_of(actor),
        list_authorisations_of(actor),
        queries.list_guardians_of(actor),
    )
    return render_template("personal/consents.html", page=page, form=forms.ActForm(formdata=None))


@blueprint.post("/consensi/<public_id>/ritira")
def withdraw_consents(public_id: str):
    """Take back the consent to one's own data (the account closes) or to a child's (the child leaves the list)."""
    actor = current_actor()
    if queries.get_own(actor).public_id == public_id:
        return _close_own(actor)
    ward = queries.get_ward_for(actor, public_id)
    done = N_("Consent withdrawn: the sign-ups to come are cancelled.")
    do_and_say(lambda: leave_ward(actor, ward.id, withdraws=True), done)
    return redirect(url_for("personal.consents"))


def _close_own(actor: Actor):
    done = N_("Consent withdrawn: your sign-ups to come are cancelled and your account is closed.")
    if not do_and_say(lambda: _leave(actor), done):
        return redirect(url_for("personal.consents"))
    signing_in.end()
    flash(_(done), "success")
    return redirect(url_for("activities.home"))


def _leave(actor: Actor) -> None:
    members.leave_all(actor)
    for ward_id in sorted(actor.wards):
        leave_ward(actor, ward_id, withdraws=False)
    own_consent.withdraw(actor)
    closing.close_account(actor)


@blueprint.post("/autorizzazioni/<public_id>/ritira")
def withdraw_authorisation(public_id: str):
    """Take back the authorisation to one signup of a child: the place goes to the next person."""
    done = N_("Authorisation withdrawn: the sign-up is cancelled.")
    do_and_say(lambda: withdrawing.withdraw_authorisation(current_actor(), public_id), done)
    return redirect(url_for("personal.consents"))


@blueprint.post("/genitori/<public_id>/togli")
def end_guardian(public_id: str):
    """Let a young person with an account say that somebody no longer answers for them."""
    actor = current_actor()
    guardian_id = queries.get_guardian_of(actor, public_id)
    done = N_("Done: they no longer answer for you, and nothing of yours reaches them.")
    do_and_say(lambda: withdrawing.end_guardianship(actor, guardian_id, actor.person_id), done)
    return redirect(url_for("personal.consents"))
