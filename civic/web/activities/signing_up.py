"""Signing up: one screen for who is signed in, three for a newcomer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import SelectChoice

from civic.accounts import rules as ages
from civic.accounts.queries import list_wards
from civic.accounts.services.people import PersonDetails
from civic.activities.queries.activity_page import ActivityView, OpeningRow, get_public_activity
from civic.activities.services import newcomers, signing_up
from civic.activities.services.authorising import Given, guardian_at
from civic.activities.services.newcomers import Newcomer
from civic.activities.services.signing_up import AlreadySignedUp, Entry, PlaceTaken
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound, RuleBroken
from civic.kernel.i18n import N_, _, format_moment
from civic.web import limits
from civic.web.activities import forms, pages, texts
from civic.web.signing_in import current_actor

blueprint = Blueprint("signing_up", __name__)


@dataclass(frozen=True, slots=True)
class SignUpPage:
    """A screen of signing up. `step` of `steps` where there is more than one; `is_full` where only the queue is left."""

    activity: pages.ActivityPage
    form: forms.SubmitForm
    step: int
    steps: int
    path: str
    is_full: bool
    has_wards: bool
    privacy: str
    authorisation: str


@blueprint.get("/attivita/<slug>/iscrizione")
def sign_up(slug: str):
    """Ask what is needed: one screen for who is signed in, the first of three for a newcomer."""
    view = get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    if not page.can_sign_up:
        return redirect(url_for("activities.activity", slug=slug))
    if current_actor().is_signed_in:
        return _signed_in(view, page, forms.SignedInForm())
    return _who(view, page)


@blueprint.post("/attivita/<slug>/iscrizione")
def send(slug: str):
    """Give the place, the request or the position in the queue; a newcomer goes from screen to screen."""
    limits.count_form()
    if current_actor().is_signed_in:
        return _send_signed_in(slug)
    view = get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    if not page.can_sign_up:
        return redirect(url_for("activities.activity", slug=slug))
    if request.form.get("step") == "details":
        return _details(view, page)
    return _who(view, page)


def _signed_in(view: ActivityView, page: pages.ActivityPage, form: forms.SignedInForm):
    actor = current_actor()
    wards = list_wards(actor)
    _offer_openings(form, page)
    form.person.choices = [SelectChoice(str(actor.person_id), _("Me (%(name)s)", name=actor.name))]
    form.person.choices += [SelectChoice(str(ward.id), ward.full_name) for ward in wards]
    if len(form.person.choices) == 1 and not form.person.data:
        form.person.data = form.person.choices[0].value
    path = "young" if ages.is_minor_on(actor.birth_on, clock.today()) else "adult"
    return _render((view, page), form, (1, 1), path, has_wards=bool(wards))


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
        _chosen(form, view)
        authorisation = Given(actor.person_id, texts.authorisation_text(view.row.title, view.row.organisation_name))
    elif form.guardian_email.data:
        guardian_id = guardian_at(form.guardian_email.data, actor.person_id)
    return Entry(
        opening=form.opening.data,
        person_id=person_id,
        submit_key=form.submit_key.data,
        joins_queue=form.joins_queue.data,
        guardian_id=guardian_id,
        authorisation=authorisation,
    )


def _ward_of(actor: Actor, chosen: str) -> int:
    ward = next((ward for ward in actor.wards if str(ward) == chosen), None)
    if ward is None:
        raise RuleBroken(N_("Choose one."), field="person")
    return ward


def _who(view: ActivityView, page: pages.ActivityPage):
    form = forms.WhoForm()
    _offer_openings(form, page)
    if form.validate_on_submit():
        try:
            ages.check_birth_date(form.birth_on.data, clock.today())
            if form.who.data == "child" and not ages.is_minor_on(form.birth_on.data, clock.today()):
                raise RuleBroken(N_("Who is 18 or older signs up alone: check the year."), field="birth_on")
            return _first_details(view, page, form)
        except DomainError as error:
            form.apply(error)
    return _render((view, page), form, (1, 3), "who")


def _first_details(view: ActivityView, page: pages.ActivityPage, who: forms.WhoForm):
    """Show the second screen with what the first one said carried along."""
    birth_on = who.birth_on.data
    form = _details_form(who.who.data, birth_on)(formdata=None)
    form.opening.data, form.who.data, form.birth_on.data = who.opening.data, who.who.data, birth_on.isoformat()
    return _render((view, page), form, (2, 3), form.__class__.__name__)


def _details_form(who: str, birth_on: date) -> type[forms.SubmitForm]:
    if who == "child":
        return forms.ParentForm
    if not ages.is_minor_on(birth_on, clock.today()):
        return forms.AdultForm
    return forms.YoungForm if ages.may_have_account(birth_on, clock.today()) else forms.ChildForm


def _details(view: ActivityView, page: pages.ActivityPage):
    try:
        birth_on = date.fromisoformat(request.form.get("birth_on", ""))
    except ValueError:
        return redirect(url_for("signing_up.sign_up", slug=view.row.slug))
    form = _details_form(request.form.get("who", ""), birth_on)()
    if form.validate_on_submit():
        try:
            opening = _chosen(form, view)
            newcomer = _newcomer_of(form, birth_on, view)
            with transaction():
                newcomers.sign_up_newcomer(opening.public_id, newcomer, form.submit_key.data, joins_queue=form.joins_queue.data)
            return redirect(url_for("signing_up.received", slug=view.row.slug, per=_received_as(form)))
        except AlreadySignedUp:
            return redirect(url_for("signing_up.received", slug=view.row.slug, per=_received_as(form)))
        except PlaceTaken as error:
            form.apply(error)
            view = get_public_activity(view.row.slug)
            page = pages.activity_page(view, clock.now())
        except DomainError as error:
            form.apply(error)
    return _render((view, page), form, (2, 3), form.__class__.__name__)


def _received_as(form: forms.SubmitForm) -> str:
    return "genitore" if isinstance(form, forms.ChildForm) else "posta"


def _newcomer_of(form: forms.SubmitForm, birth_on: date, view: ActivityView) -> Newcomer:
    privacy = texts.privacy_text()
    if isinstance(form, forms.ChildForm):
        child = PersonDetails(form.given_name.data, birth_on=birth_on)
        return Newcomer(child, privacy, guardian_email=form.guardian_email.data)
    details = PersonDetails(form.given_name.data, form.family_name.data, birth_on, form.email.data)
    if isinstance(form, forms.YoungForm):
        return Newcomer(details, privacy, guardian_email=form.guardian_email.data)
    if isinstance(form, forms.ParentForm):
        child = PersonDetails(form.child_given_name.data, form.child_family_name.data, birth_on)
        guardian = PersonDetails(form.given_name.data, form.family_name.data, None, form.email.data)
        text = texts.authorisation_text(view.row.title, view.row.organisation_name)
        return Newcomer(child, privacy, guardian=guardian, authorisation_text=text)
    return Newcomer(details, privacy)


@blueprint.get("/attivita/<slug>/iscrizione/ricevuta")
def received(slug: str):
    """Say what happens next; the same words whether or not the address is known."""
    view = get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    return render_template("activities/received.html", page=page, asks_parent=request.args.get("per") == "genitore")


def _offer_openings(form, page: pages.ActivityPage) -> None:
    """Let the form offer the openings one can still choose; one alone is chosen already."""
    choices = [SelectChoice(_key(item.url), _opening_label(item)) for item in (*page.participate, *page.help_out)]
    form.opening.choices = choices
    wanted = request.args.get("posto")
    if not form.opening.data and wanted in {choice.value for choice in choices}:
        form.opening.data = wanted
    if len(choices) == 1 and not form.opening.data:
        form.opening.data = choices[0].value


def _key(url: str) -> str:
    return url.rsplit("posto=", 1)[1]


def _opening_label(item: pages.OpeningItem) -> str:
    parts = [item.role or _("Take part")]
    if item.when:
        parts.append(format_moment(item.when))
    if item.is_full:
        parts.append(_("full: waiting list"))
    return ", ".join(parts)


def _chosen(form, view: ActivityView) -> OpeningRow:
    found = next((opening for opening in view.openings if opening.public_id == form.opening.data), None)
    if found is None:
        raise RuleBroken(N_("Choose one."), field="opening")
    return found


def _render(shown: tuple[ActivityView, pages.ActivityPage], form, step: tuple[int, int], path: str, *, has_wards: bool = False):
    view, page = shown
    chosen = next((opening for opening in view.openings if opening.public_id == form.opening.data), None)
    screen = SignUpPage(
        activity=page,
        form=form,
        step=step[0],
        steps=step[1],
        path=path,
        is_full=chosen.free <= 0 if chosen else all(item.is_full for item in (*page.participate, *page.help_out)),
        has_wards=has_wards,
        privacy=texts.privacy_text(),
        authorisation=texts.authorisation_text(view.row.title, view.row.organisation_name),
    )
    return render_template("activities/sign_up.html", page=screen), (422 if form.errors else 200)
