"""What the page of a signup shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from civic.accounts.rules import is_minor_on
from civic.activities.door_codes import code_of
from civic.activities.policy import Action, Target, can
from civic.activities.queries.facts import clash_of
from civic.activities.queries.lists import ActivityRow
from civic.activities.queries.signups import SignupView
from civic.activities.rules import last_moment
from civic.activities.similar import list_similar, similar_path
from civic.activities.types import LIVE, ActivityKind, AuthorisationAnswer, Clash, SignupState
from civic.certificates.queries.issued import Earned
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.i18n import _, format_hours
from civic.notifications import preferences
from civic.notifications.types import Category
from civic.web.words import band_of, short_name, signup_label

_ASKED_FOR = (
    SignupState.PENDING_GUARDIAN,
    SignupState.WAITING,
    SignupState.REQUESTED,
    SignupState.OFFERED,
    SignupState.CONFIRMED,
)


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses under which this visitor sees and changes the signup."""

    page: str
    act: str

    def to(self, action: str) -> str:
        """Return the address of one action."""
        return f"{self.act}/{action}"


@dataclass(frozen=True, slots=True)
class EarnedItem:
    """The hours that were fixed, and where the document is, once it is made."""

    kind: str
    number: str
    hours: str
    scheduled: str
    url: str | None


@dataclass(frozen=True, slots=True)
class SignupPage:
    """A signup: what it is for, where it stands (`state`, as of now), what can be done.

    `is_theirs`: of who reads, or of somebody they answer for; `missed_offer`: the time for an offered place is over;
    `offers`: how often one was offered before; `lacks_second`: of two guardians one has said yes; `others`: what is like it,
    for who lost the place or found none.
    """

    row: Any
    state: SignupState
    label: str
    tone: str
    name: str
    is_own: bool
    is_theirs: bool
    urls: Urls
    starts_at: datetime | None
    hold_until: datetime | None
    position: int | None
    missed_offer: bool
    found_no_place: bool
    lacks_answer: bool
    offers: int
    can_cancel: bool
    can_accept: bool
    can_take: bool
    can_correct_guardian: bool
    lacks_second: bool
    guardian_email: str | None
    is_soon: bool
    clashes: tuple[Clash, ...]
    is_over: bool
    earned: EarnedItem | None
    asks_about_invitations: bool
    door_code: str | None
    door_drawing_url: str | None
    others: tuple[ActivityRow, ...]

    @property
    def others_path(self) -> str:
        """Where others of the same kind are, with places free, for their age."""
        return similar_path(self.row.opening_kind, self.row.birth_on, clock.today())


def _can_still_be_taken(row: Any, now: datetime) -> bool:
    return row.last_entry_at is not None and now < last_moment(row.signup_closes_at, row.last_entry_at)


def own_urls(public_id: str) -> Urls:
    """Return the addresses for who is signed in."""
    page = url_for("mine.signup", public_id=public_id)
    return Urls(page, page)


def is_about(actor: Actor, view: SignupView) -> bool:
    """Whether the signup is the actor's own, or of somebody they answer for; others see less, and it is recorded."""
    return actor.person_id == view.row.person_id or view.row.person_id in actor.wards


def _name(actor: Actor, view: SignupView) -> str:
    """Return the name: who only conducts reads a minor's in full on the sheet of the day, and nowhere else."""
    row = view.row
    if actor.is_in(row.organisation_id, OrganisationRole.FACILITATOR) and not is_about(actor, view):
        return short_name(row.given_name, row.family_name, band_of(row.birth_on, clock.to_rome(row.starts_at).date()))
    return f"{row.given_name} {row.family_name}".strip()


def may_take(actor: Actor, view: SignupView) -> bool:
    """Whether the actor may have the document that comes of the signup."""
    return can(actor, Action.TAKE_CERTIFICATE, Target(view.row.organisation_id, view.row.person_id))


def _earned(earned: Earned | None, urls: Urls) -> EarnedItem | None:
    if earned is None:
        return None
    hours, scheduled = format_hours(earned.minutes), format_hours(earned.scheduled_minutes)
    return EarnedItem(_(earned.kind.label), earned.number, hours, scheduled, urls.to("attestato") if earned.is_made else None)


def signup_page(actor: Actor, view: SignupView, urls: Urls, earned: Earned | None = None) -> SignupPage:
    """Return the page of a signup as it stands now, whether or not the job has come round."""
    row, now = view.row, clock.now()
    state = view.state_at(now)
    label, tone = signup_label(view, now)
    is_over = row.ends_at is not None and row.ends_at <= now
    missed_offer = view.state is SignupState.OFFERED and state is SignupState.WAITING
    asked = row.authorisation or {}
    acts = is_about(actor, view) and not is_over
    return SignupPage(
        row=row,
        state=state,
        label=label,
        tone=tone,
        name=_name(actor, view),
        is_own=actor.person_id == row.person_id,
        is_theirs=is_about(actor, view),
        urls=urls,
        starts_at=row.next_starts_at or row.starts_at,
        hold_until=row.hold_until,
        position=row.position,
        missed_offer=missed_offer,
        found_no_place=view.found_no_place(now),
        lacks_answer=state is SignupState.WAITING and asked.get("answer") == AuthorisationAnswer.EXPIRED,
        offers=row.offers + missed_offer,
        can_cancel=acts and state in LIVE,
        can_accept=acts and state is SignupState.OFFERED,
        can_take=acts and view.state is SignupState.WAITING and row.free > 0 and _can_still_be_taken(row, now),
        can_correct_guardian=acts and row.lacks_yes and state in _ASKED_FOR,
        lacks_second=row.lacks_yes and row.has_a_yes,
        guardian_email=asked.get("email") if _wrote_address(actor, row) and asked.get("answer") is None else None,
        is_soon=row.hold_until is not None and row.hold_until in (row.starts_at, row.last_entry_at),
        clashes=tuple(clash_of(one) for one in row.clashes or ()) if state in LIVE and is_about(actor, view) else (),
        is_over=is_over,
        earned=_earned(earned, urls),
        asks_about_invitations=state is SignupState.CONFIRMED and _may_ask_for_invitations(actor, row),
        door_code=code_of(row.public_id) if is_about(actor, view) else None,
        door_drawing_url=urls.to("codice.svg") if acts and state is SignupState.CONFIRMED else None,
        others=_others(view, state, now) if is_about(actor, view) else (),
    )


def _others(view: SignupView, state: SignupState, now: datetime) -> tuple[ActivityRow, ...]:
    """Return what is like it, where the organisation took the place away or there was none."""
    is_lost = state is SignupState.DECLINED or (state is SignupState.CANCELLED and view.row.cancelled_reason)
    if not (is_lost or view.found_no_place(now)):
        return ()
    return list_similar(view.row.opening_kind, view.row.birth_on, clock.today(), view.row.slug)


def _wrote_address(actor: Actor, row: Any) -> bool:
    """Whether it was the actor who wrote whom we ask: the young person names the first guardian, that one the second."""
    return (actor.person_id == row.person_id) != (row.lacks_yes and row.has_a_yes)


def _may_ask_for_invitations(actor: Actor, row: Any) -> bool:
    """Whether a volunteer of age is at their own page, signed in, and has not yet said whether other shifts interest them."""
    if row.opening_kind != ActivityKind.VOLUNTEERING or actor.account_id is None or actor.person_id != row.person_id:
        return False
    return not is_minor_on(actor.birth_on, clock.today()) and not preferences.has_chosen(row.person_id, Category.UPDATE)
