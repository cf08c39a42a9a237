"""The screens of signing up: what they show, whoever fills them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from flask import render_template, request
from wtforms import SelectChoice

from civic.accounts.rules import age_on, birthday_in
from civic.activities import rules
from civic.activities.queries.activity_page import ActivityView, OpeningRow
from civic.activities.services import lifting, referrals
from civic.activities.types import AgeBasis
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, _, format_day, format_moment
from civic.web.activities import forms, pages, texts


@dataclass(frozen=True, slots=True)
class SignUpPage:
    """A screen of signing up. `step` of `steps` where there is more than one; `is_full` where only the queue is left.

    `note` says what one might doubt: that somebody who is too young today will be old enough. `query` is what the address
    carries from screen to screen; `age_exception` is "usable" or "spent" where it holds leave to come outside the ages,
    `referral` where it was made for somebody whom a service or a school sends.
    """

    activity: pages.ActivityPage
    form: forms.SubmitForm
    step: int
    steps: int
    path: str
    is_full: bool
    has_wards: bool
    asks_phone: bool
    together_url: str | None
    privacy: str
    authorisation: str
    note: str | None
    query: str
    age_exception: str | None
    referral: str | None
    awaits_draw: bool

    @property
    def here(self) -> str:
        """The path and query of this screen."""
        return request.path + self.query


@dataclass(frozen=True, slots=True)
class Step:
    """Which screen is shown: its number, how many there are, and whose way it is."""

    number: int
    count: int
    path: str
    has_wards: bool = False
    asks_phone: bool = False
    together_url: str | None = None
    note: str | None = None


def offer_openings(form: forms.SubmitForm, page: pages.ActivityPage) -> None:
    """Let the form offer the openings one can still choose; one alone is chosen already."""
    items = [item for item in (*page.participate, *page.help_out) if item.is_open]
    choices = [SelectChoice(_key(item.url), _opening_label(item)) for item in items]
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
    if item.is_full and "invito" not in request.args:
        parts.append(_("full: waiting list"))
    return ", ".join(parts)


def chosen(form: forms.SubmitForm, view: ActivityView) -> OpeningRow:
    """Return the opening that was chosen; raise RuleBroken where there is no such."""
    found = next((opening for opening in view.openings if opening.public_id == form.opening.data), None)
    if found is None:
        raise RuleBroken(N_("Choose one."), field="opening")
    return found


def first_day(view: ActivityView, opening: OpeningRow) -> date:
    """Return the day on which ages are judged for this opening."""
    return rules.first_day_of(starts_at(view, opening))


def majority_day(view: ActivityView, opening: OpeningRow) -> date:
    """Return the day on which being of age counts for this opening."""
    return rules.majority_day(starts_at(view, opening))


def starts_at(view: ActivityView, opening: OpeningRow) -> datetime | None:
    """Return when the first meeting that the opening covers begins."""
    own = next((one.starts_at for one in view.occurrences if one.id == opening.occurrence_id), None)
    return own or view.row.starts_at


def note_on_age(view: ActivityView, birth_on: date, day: date, *, is_child: bool) -> str | None:
    """Return that who is too young today is old enough on the first day, where it is so."""
    age = view.row.age_min
    if age is None or view.row.age_basis == AgeBasis.SCHOOL_YEAR:
        return None
    if not age_on(birth_on, clock.today()) < age <= age_on(birth_on, day):
        return None
    when = format_day(birthday_in(birth_on, birth_on.year + age))
    if is_child:
        return _("They will be %(age)s on %(day)s: they can come.", age=age, day=when)
    return _("You will be %(age)s on %(day)s: you can come.", age=age, day=when)


def _is_full(page: pages.ActivityPage, opening: OpeningRow | None, referral: str | None) -> bool:
    """Whether only the queue is left; who was referred hears of it where the place is asked for."""
    items = [item for item in (*page.participate, *page.help_out) if opening is None or _key(item.url) == opening.public_id]
    return referral != "usable" and all(item.is_full for item in items)


def render(view: ActivityView, page: pages.ActivityPage, form: forms.SubmitForm, step: Step):
    """Show a screen; with 422 where something on it is wrong."""
    opening = next((opening for opening in view.openings if opening.public_id == form.opening.data), None)
    referral = _standing_of("invito", lambda token: referrals.is_usable(token, view.row.id))
    query = request.query_string.decode("ascii", "ignore")
    screen = SignUpPage(
        activity=page,
        form=form,
        step=step.number,
        steps=step.count,
        path=step.path,
        is_full=_is_full(page, opening, referral),
        has_wards=step.has_wards,
        asks_phone=step.asks_phone,
        together_url=step.together_url,
        privacy=texts.privacy_text(),
        authorisation=texts.authorisation_text(view.row.title, view.row.organisation_name, view.row.authorisations_needed),
        note=step.note,
        query=f"?{query}" if query else "",
        age_exception=_standing_of("deroga", lambda token: lifting.is_usable(token, view.row.id)),
        referral=referral,
        awaits_draw=page.awaits_draw,
    )
    return render_template("activities/sign_up.html", page=screen), (422 if form.errors else 200)


def _standing_of(name: str, is_usable: Callable[[str], bool]) -> str | None:
    """Return how it stands with the token that the address holds under `name`; None where it holds none."""
    token = request.args.get(name)
    if token is None:
        return None
    return "usable" if is_usable(token) else "spent"
