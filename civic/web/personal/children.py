"""The children of a family: no account needed, and siblings may share a mailbox."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from civic.accounts import queries
from civic.accounts.services import closing, people
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import Relationship
from civic.activities.queries.signups import list_signups_of
from civic.activities.services import withdrawing
from civic.kernel import clock, submit_once
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _
from civic.web.accounts import texts
from civic.web.doing import do_and_say
from civic.web.personal import forms, pages
from civic.web.personal.area import build_area
from civic.web.personal.blueprint import blueprint
from civic.web.signing_in import current_actor

_ROUTE = "personal.add_child"


@blueprint.get("/figli")
def children():
    """List the children the person answers for."""
    actor = current_actor()
    views = list_signups_of(actor, clock.now())
    items = pages.child_items(queries.list_wards(actor), views)
    return render_template("personal/children.html", page=pages.ChildrenPage(build_area(actor), items))


@blueprint.route("/figli/nuovo", methods=["GET", "POST"])
def add_child():
    """Add a child; the same form sent twice adds one."""
    actor = current_actor()
    form = forms.ChildForm()
    if form.validate_on_submit():
        try:
            _add(actor, form)
            return redirect(url_for("personal.children"))
        except DomainError as error:
            form.apply(error)
    page = pages.ChildPage(build_area(actor), None, texts.child_text(), False, None)
    return render_template("personal/child.html", page=page, form=form, remove=None), 422 if form.errors else 200


def _add(actor: Actor, form: forms.ChildForm) -> None:
    details = PersonDetails(
        form.given_name.data, form.family_name.data, form.birth_on.data, queries.get_own(actor).email
    )
    with transaction():
        if submit_once.claim(form.submit_key.data, _ROUTE, actor.person_id, ""):
            people.add_child(actor, details, Relationship(form.relationship.data), texts.child_text())
    flash(_("Added. Now you can sign them up for what they like."), "success")


@blueprint.route("/figli/<public_id>", methods=["GET", "POST"])
def child(public_id: str):
    """Show and change a child."""
    actor = current_actor()
    ward = queries.get_ward_for(actor, public_id)
    form = forms.ChildDataForm(
        data={"given_name": ward.given_name, "family_name": ward.family_name, "birth_on": ward.birth_on}
    )
    if form.validate_on_submit():
        try:
            with transaction():
                people.change_child(
                    actor, ward.id, PersonDetails(form.given_name.data, form.family_name.data, form.birth_on.data)
                )
            flash(_("Saved."), "success")
            return redirect(url_for("personal.children"))
        except DomainError as error:
            form.apply(error)
    name = f"{ward.given_name} {ward.family_name}".strip()
    page = pages.ChildPage(
        build_area(actor), name, "", ward.has_account, url_for("personal.remove_child", public_id=public_id)
    )
    remove = forms.ActForm(formdata=None)
    return render_template("personal/child.html", page=page, form=form, remove=remove), 422 if form.errors else 200


@blueprint.post("/figli/<public_id>/togli")
def remove_child(public_id: str):
    """Let a child no longer be in the family: what nobody else answers for is cancelled."""
    actor = current_actor()
    ward = queries.get_ward_for(actor, public_id)
    do_and_say(lambda: leave_ward(actor, ward.id, withdraws=False), N_("Done."))
    return redirect(url_for("personal.children"))


def leave_ward(actor: Actor, ward_id: int, *, withdraws: bool) -> None:
    """End the actor's answering for the ward, inside the open transaction.

    What only they authorised ends; where nobody else answers, or the consent itself is withdrawn, every signup is cancelled.
    """
    if withdraws or not closing.has_other_guardian(actor, ward_id):
        withdrawing.cancel_all_signups(actor, ward_id)
        closing.withdraw_consents(actor, ward_id)
    withdrawing.end_guardianship(actor, actor.person_id, ward_id)
