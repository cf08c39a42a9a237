"""Signing up: one screen for who is signed in, three for a newcomer."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from wtforms import SelectChoice

from civic.accounts import rules as ages
from civic.accounts.queries import list_wards
from civic.accounts.services import people
from civic.activities.queries.activity_page import ActivityView, get_public_activity
from civic.activities.services import signing_up
from civic.activities.services.asking import guardian_at
from civic.activities.services.authorising import Given
from civic.activities.services.second_guardian import find_second
from civic.activities.services.signing_up import AlreadySignedUp, Entry
from civic.activities.siblings import FEWEST
from civic.activities.types import EntryMode
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound, RuleBroken
from civic.kernel.i18n import N_, _
from civic.web import limits
from civic.web.activities import forms, newcomer, pages, screens, texts
from civic.web.signing_in import current_actor

blueprint = Blueprint("signing_up", __name__)


@blueprint.get("/attivita/<slug>/iscrizione")
def sign_up(slug: str):
    """Ask what is needed: one screen for who is signed in, the first of three for a newcomer."""
    view = get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    if not page.can_sign_up:
        return redirect(url_for("activities.activity", slug=slug))
    if current_actor().is_signed_in and not newcomer.comes_apart(view):
        return _signed_in(view, page, forms.SignedInForm())
    return newcomer.who(view, page)


@blueprint.post("/attivita/<slug>/iscrizione")
def send(slug: str):
    """Give the place, the request or the position in the queue; a newcomer goes from screen to screen."""
    view = get_public_activity(slug) if newcomer.may_come_apart() else None
    if current_actor().is_signed_in and not (view and newcomer.comes_apart(view)):
        return _send_signed_in(slug)
    limits.count_form()
    view = view or get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    if not page.can_sign_up:
        return redirect(url_for("activities.activity", slug=slug))
    if request.form.get("step") == "details":
        return newcomer.details(view, page)
    return newcomer.who(view, page)


def _signed_in(view: ActivityView, page: pages.ActivityPage, form: forms.SignedInForm):
    actor = current_actor()
    wards = list_wards(actor)
    screens.offer_openings(form, page)
    form.person.choices = [SelectChoice(str(actor.person_id), _("Me (%(name)s)", name=actor.name))]
    form.person.choices += [SelectChoice(str(ward.id), ward.full_name) for ward in wards]
    if len(form.person.choices) == 1 and not form.person.data:
        form.person.data = form.person.choices[0].value
    offered = {choice.value for choice in form.opening.choices}
    days = [screens.majority_day(view, opening) for opening in view.openings if opening.public_id in offered]
    path = "young" if ages.is_minor_on(actor.birth_on, min(days, default=clock.today())) else "adult"
    asks_phone = view.row.asks_call and bool(wards) and people.phone_of(actor.person_id) is None
    offers_together = len(wards) >= FEWEST and view.row.entry_mode == EntryMode.INSTANT and page.participate
    together_url = url_for("together.sign_up", slug=view.row.slug) if offers_together else None
    return screens.render(view, page, form, screens.Step(1, 1, path, bool(wards), asks_phone, together_url))


def _send_signed_in(slug: str):
    """Let the rules judge what was sent; the page is read only where it has to be shown again."""
    form = forms.SignedInForm()
    if form.validate():
        try:
            with transaction():
                public_id = signing_up.sign_up(current_actor(), _entry_of(form, slug))
            return redirect(url_for("mine.signup", public_id=public_id))
        except AlreadySignedUp as error:
            return redirect(url_for("mine.signup", public_id=error.public_id))
        except NotFound:
            form.opening.errors = [_("Choose one.")]
        except DomainError as error:
            form.apply(error)
    limits.count_form()  # what is taken has its pace among the rules; what is refused is counted here
    view = get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    if page.can_sign_up:
        return _signed_in(view, page, form)
    for message in form.general_errors:
        flash(message, "warning")
    return redirect(url_for("activities.activity", slug=slug))


def _entry_of(form: forms.SignedInForm, slug: str) -> Entry:
    """Return what the signed-in person asks for; a ward is authorised by the boxes on the same screen."""
    actor = current_actor()
    person_id = actor.person_id if form.person.data == str(actor.person_id) else _ward_of(actor, form.person.data)
    authorisation = guardian_id = None
    if person_id != actor.person_id:
        if not (form.is_responsible.data and form.authorises.data):
            raise RuleBroken(N_("Tick both boxes to authorise."), field="authorises")
        view = get_public_activity(slug)
        screens.chosen(form, view)
        words = view.row.title, view.row.organisation_name, view.row.authorisations_needed
        text = texts.authorisation_text(*words, is_sole=form.is_sole.data)
        authorisation = Given(actor.person_id, text, form.is_sole.data, form.phone.data)
        guardian_id = find_second(view.row.authorisations_needed, form.second(), person_id, [actor.person_id])
    elif form.guardian_email.data:
        guardian_id = guardian_at(form.guardian_email.data, actor.person_id)
    return Entry(
        opening=form.opening.data,
        person_id=person_id,
        submit_key=form.submit_key.data,
        joins_queue=form.joins_queue.data,
        guardian_id=guardian_id,
        authorisation=authorisation,
        age_exception=request.args.get("deroga"),
        referral=request.args.get("invito"),
    )


def _ward_of(actor: Actor, chosen: str) -> int:
    ward = next((ward for ward in actor.wards if str(ward) == chosen), None)
    if ward is None:
        raise RuleBroken(N_("Choose one."), field="person")
    return ward


@blueprint.get("/attivita/<slug>/iscrizione/ricevuta")
def received(slug: str):
    """Say what happens next; the same words whether or not the address is known."""
    view = get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    asks_parent = request.args.get("per") == "genitore"
    values = {
        "asks_parent": asks_parent,
        "told": request.args.get("come", ""),
        "is_confided": request.args.get("per") == "te",
        "is_soon": newcomer.begins_soon(page),
        "signup_url": url_for("links.signup", token=cookie[newcomer.ASKED]) if asks_parent and newcomer.ASKED in cookie else None,
    }
    return render_template("activities/received.html", page=page, **values)
