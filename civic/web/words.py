"""Words for the states and kinds of the engine, as people read them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from civic.accounts.rules import age_on
from civic.accounts.types import ACCOUNT_AGE, ADULT_AGE
from civic.activities.age_limits import birth_years
from civic.activities.queries.signups import SignupView
from civic.activities.types import ActivityKind, AgeBasis, SignupState
from civic.kernel import clock
from civic.kernel.i18n import N_, _, format_day, format_moment
from civic.safeguarding.rules import ends_soon, standing_on
from civic.safeguarding.types import Adult, Standing

BANDS = {"child": N_("under 14"), "young": N_("14-17"), "adult": N_("adult"), "unknown": N_("age not given")}
KIND_LABELS = {
    ActivityKind.WORKSHOP: N_("Workshop"),
    ActivityKind.VOLUNTEERING: N_("Volunteering"),
    ActivityKind.TRAINING: N_("Course"),
    ActivityKind.PUBLIC_EVENT: N_("Event"),
}
LANGUAGE_LABELS = {
    "it": N_("Italian"),
    "en": N_("English"),
    "ar": N_("Arabic"),
    "fr": N_("French"),
    "es": N_("Spanish"),
    "ro": N_("Romanian"),
    "ur": N_("Urdu"),
    "bn": N_("Bengali"),
    "zh": N_("Chinese"),
    "lis": N_("Italian Sign Language"),
    "uk": N_("Ukrainian"),
    "sq": N_("Albanian"),
    "pt": N_("Portuguese"),
    "de": N_("German"),
}
STATE_LABELS = {
    SignupState.UNCONFIRMED: N_("To be confirmed from your mail"),
    SignupState.REQUESTED: N_("Waiting for the organisation's answer"),
    SignupState.PENDING_GUARDIAN: N_("Waiting for a parent's answer"),
    SignupState.CONFIRMED: N_("You have a place"),
    SignupState.WAITING: N_("In the waiting list"),
    SignupState.OFFERED: N_("A place is offered to you"),
    SignupState.DECLINED: N_("Not accepted"),
    SignupState.CANCELLED: N_("Cancelled"),
    SignupState.EXPIRED: N_("Expired"),
}
STATE_TONES = {
    SignupState.UNCONFIRMED: "warning",
    SignupState.REQUESTED: "info",
    SignupState.PENDING_GUARDIAN: "warning",
    SignupState.CONFIRMED: "success",
    SignupState.WAITING: "info",
    SignupState.OFFERED: "warning",
    SignupState.DECLINED: "neutral",
    SignupState.CANCELLED: "neutral",
    SignupState.EXPIRED: "neutral",
}


def signup_label(view: SignupView, now: datetime) -> tuple[str, str]:
    """Return where a signup stands at `now` in words, and the tone in which to say it."""
    state = view.state_at(now)
    if view.found_no_place(now):
        return _("There was no place"), STATE_TONES[state]
    if state is SignupState.WAITING:
        return _("In the waiting list, number %(num)s", num=view.row.position), STATE_TONES[state]
    if state is SignupState.REQUESTED and view.row.draw_at is not None:
        return _("In the draw of %(day)s", day=format_day(view.row.draw_at)), STATE_TONES[state]
    return _(STATE_LABELS[state]), STATE_TONES[state]


def ages_of_activity(row: Any) -> str | None:
    """Return the ages that an activity is for: where they are those of a school year, with the years of birth they mean."""
    ages = age_label(row.age_min, row.age_max)
    if ages is None or row.age_basis != AgeBasis.SCHOOL_YEAR or row.starts_at is None:
        return ages
    first, last = birth_years(row.age_min, row.age_max, clock.to_rome(row.starts_at).date())
    if first is None:
        return _("%(ages)s: born in %(year)s or before", ages=ages, year=last)
    if last is None:
        return _("%(ages)s: born in %(year)s or after", ages=ages, year=first)
    return _("%(ages)s: born from %(first)s to %(last)s", ages=ages, first=first, last=last)


def age_label(age_min: int | None, age_max: int | None) -> str | None:
    """Return the ages in words, None where everybody may come."""
    if age_min is not None and age_max is not None:
        return _("%(first)s to %(last)s years", first=age_min, last=age_max)
    if age_min is not None:
        return _("from %(age)s years", age=age_min)
    if age_max is not None:
        return _("up to %(age)s years", age=age_max)
    return None


def certificate_words(adult: Adult, today: date) -> tuple[str, str]:
    """Return how it stands with somebody's certificate in words, and the tone in which to say it."""
    standing = standing_on(adult, today)
    if standing is Standing.MISSING:
        return _("No certificate declared"), "warning"
    if standing is Standing.NOT_CLEAR:
        return _("Cannot conduct workshops for minors"), "danger"
    if standing is Standing.EXPIRED:
        return _("Certificate ended on %(day)s", day=format_day(adult.valid_until)), "danger"
    tone = "warning" if ends_soon(adult, today) else "success"
    return _("Certificate good until %(day)s", day=format_day(adult.valid_until)), tone


def language_labels(codes: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the languages spoken."""
    return tuple(_(LANGUAGE_LABELS[code]) if code in LANGUAGE_LABELS else code for code in codes)


def window_words(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> str | None:
    """Return what to know about when one can sign up, None where there is nothing to say."""
    if opens_at and now < opens_at:
        return _("Sign-ups open on %(when)s.", when=format_moment(opens_at))
    if closes_at and now >= closes_at:
        return _("Sign-ups closed on %(when)s.", when=format_moment(closes_at))
    if closes_at:
        return _("Sign-ups close on %(when)s.", when=format_moment(closes_at))
    return None


def band_of(birth_on: date | None, day: date) -> str:
    """Return the key of the band of age on `day`."""
    if birth_on is None:
        return "unknown"
    age = age_on(birth_on, day)
    return "child" if age < ACCOUNT_AGE else "young" if age < ADULT_AGE else "adult"


def short_name(given_name: str, family_name: str, band: str) -> str:
    """Return the name that lists show: in full for adults, with an initial for everybody younger."""
    if band in ("child", "young"):
        return f"{given_name} {family_name[:1]}.".strip() if family_name else given_name
    return f"{given_name} {family_name}".strip()
