"""The way of who has no account: who comes, what we need of them, and what happens next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import redirect, request, url_for
from flask import session as cookie

from civic.accounts import rules as ages
from civic.accounts.services.people import PersonDetails
from civic.activities import rules
from civic.activities.queries.activity_page import ActivityView, OpeningRow, get_public_activity
from civic.activities.queries.facts import find_signup
from civic.activities.queries.linked import manage_token
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.signing_up import AlreadySignedUp, PlaceTaken
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, RuleBroken
from civic.kernel.i18n import N_
from civic.web import limits
from civic.web.activities import forms, pages, screens, texts
from civic.web.signing_in import current_actor

ASKED = "asked"
"""Where the browser of a child keeps the way to the sign-up, whose guardian's address may have to be corrected."""
_TOLD = {SignupState.WAITING: "lista", SignupState.REQUESTED: "richiesta"}


def may_come_apart() -> bool:
    """Whether who is signed in is of the age at which one comes to counselling without their account."""
    actor = current_actor()
    return actor.is_signed_in and actor.birth_on is not None and rules.may_be_confided(actor.birth_on)


def comes_apart(view: ActivityView) -> bool:
    """Whether who is signed in signs up as somebody new: a parent may look into the account of who is not of age."""
    return bool(view.row.is_counselling) and may_come_apart()


def who(view: ActivityView, page: pages.ActivityPage):
    """Ask what place, who comes, born when; with that answered, show the second screen."""
    form = forms.WhoForm()
    screens.offer_openings(form, page)
    if form.validate_on_submit():
        try:
            ages.check_birth_date(form.birth_on.data, clock.today())
            return _first_details(view, page, form)
        except DomainError as error:
            form.apply(error)
    return screens.render(view, page, form, screens.Step(1, 3, "who"))


def _first_details(view: ActivityView, page: pages.ActivityPage, asked: forms.WhoForm):
    """Show the second screen with what the first one said carried along."""
    birth_on = asked.birth_on.data
    form = _details_form(asked.who.data, birth_on, view, screens.chosen(asked, view))(formdata=None)
    form.opening.data, form.who.data, form.birth_on.data = asked.opening.data, asked.who.data, birth_on.isoformat()
    return _show_details(view, page, form, birth_on)


def _show_details(view: ActivityView, page: pages.ActivityPage, form: forms.SubmitForm, birth_on: date):
    note = None
    if any(opening.public_id == form.opening.data for opening in view.openings):
        day = screens.first_day(view, screens.chosen(form, view))
        note = screens.note_on_age(view, birth_on, day, is_child=isinstance(form, forms.ParentForm))
    return screens.render(view, page, form, screens.Step(2, 3, form.__class__.__name__, note=note))


def _details_form(who: str, birth_on: date, view: ActivityView, opening: OpeningRow) -> type[forms.SubmitForm]:
    """Return what is asked: being of age counts on the first day of the activity, consenting to data today."""
    is_minor = ages.is_minor_on(birth_on, screens.majority_day(view, opening))
    if who == "child" and not is_minor:
        raise RuleBroken(N_("Who is 18 or older signs up alone: check the year."), field="birth_on")
    if who == "child":
        return forms.ParentForm
    if view.row.is_counselling and rules.may_be_confided(birth_on):
        return forms.ConfidedForm
    if not is_minor:
        return forms.AdultForm
    return forms.YoungForm if ages.may_have_account(birth_on, clock.today()) else forms.ChildForm


def details(view: ActivityView, page: pages.ActivityPage):
    """Take the second screen: the place is held, or asked for, and the third says what happens next."""
    try:
        birth_on = date.fromisoformat(request.form.get("birth_on", ""))
        opening = next(one for one in view.openings if one.public_id == request.form.get("opening"))
        form = _details_form(request.form.get("who", ""), birth_on, view, opening)()
    except (ValueError, StopIteration, RuleBroken):
        return redirect(url_for("signing_up.sign_up", slug=view.row.slug, **request.args))
    if form.validate_on_submit():
        try:
            return redirect(_sign_up(form, birth_on, view))
        except AlreadySignedUp as error:
            # Who knows a child's name and birthday has not thereby a way to its sign-up.
            cookie.pop(ASKED, None)
            return redirect(_received_url(form, view, error.public_id))
        except PlaceTaken as error:
            form.apply(error)
            view = get_public_activity(view.row.slug)
            page = pages.activity_page(view, clock.now())
        except DomainError as error:
            form.apply(error)
    return _show_details(view, page, form, birth_on)


def _sign_up(form: forms.SubmitForm, birth_on: date, view: ActivityView) -> str:
    opening = screens.chosen(form, view)
    newcomer = replace(_newcomer_of(form, birth_on, view), **_ways_in())
    if isinstance(form, forms.ChildForm):
        limits.count_child()
    with transaction():
        public_id = sign_up_newcomer(opening.public_id, newcomer, form.submit_key.data, joins_queue=form.joins_queue.data)
    if isinstance(form, forms.ChildForm):
        cookie[ASKED] = manage_token(public_id, find_signup(public_id).person_id)
    return _received_url(form, view, public_id)


def _ways_in() -> dict[str, str | None]:
    """Return the tokens that the address carries from screen to screen."""
    return {"age_exception": request.args.get("deroga"), "referral": request.args.get("invito")}


def _received_url(form: forms.SubmitForm, view: ActivityView, public_id: str) -> str:
    """Return where the third screen is; of an address nothing is said there, of a child's place what is true."""
    if not isinstance(form, forms.ChildForm):
        to_whom = "te" if isinstance(form, forms.ConfidedForm) else "posta"
        return url_for("signing_up.received", slug=view.row.slug, per=to_whom)
    told = _TOLD.get(find_signup(public_id).state)
    return url_for("signing_up.received", slug=view.row.slug, per="genitore", come=told)


def _newcomer_of(form: forms.SubmitForm, birth_on: date, view: ActivityView) -> Newcomer:
    privacy = texts.privacy_text()
    if isinstance(form, forms.ChildForm):
        child = PersonDetails(form.given_name.data, birth_on=birth_on)
        return Newcomer(child, privacy, guardian_email=form.guardian_email.data)
    is_confided = isinstance(form, forms.ConfidedForm)
    details = PersonDetails(form.given_name.data, form.family_name.data, birth_on, form.email.data, is_confided=is_confided)
    if isinstance(form, forms.YoungForm):
        return Newcomer(details, privacy, guardian_email=form.guardian_email.data)
    if isinstance(form, forms.ParentForm):
        child = PersonDetails(form.child_given_name.data, form.child_family_name.data, birth_on)
        guardian = PersonDetails(form.given_name.data, form.family_name.data, None, form.email.data)
        text = texts.authorisation_text(view.row.title, view.row.organisation_name, view.row.authorisations_needed)
        return Newcomer(child, privacy, guardian=guardian, authorisation_text=text)
    return Newcomer(details, privacy)


def begins_soon(page: pages.ActivityPage) -> bool:
    """Whether it begins before a parent would have the usual time to answer."""
    last = page.row.last_entry_at if page.joins_late else page.first_starts_at
    return last is not None and rules.authorisation_deadline(clock.now(), last) == last
