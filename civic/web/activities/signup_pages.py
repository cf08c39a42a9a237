"""What the page of a signup shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from civic.activities.queries.facts import clash_of
from civic.activities.queries.signups import SignupView
from civic.activities.types import LIVE, Clash, SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.i18n import _
from civic.web.words import STATE_LABELS, STATE_TONES, band_of, short_name


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses under which this visitor sees and changes the signup."""

    page: str
    act: str

    def to(self, action: str) -> str:
        """Return the address of one action."""
        return f"{self.act}/{action}"


@dataclass(frozen=True, slots=True)
class SignupPage:
    """A signup: what it is for, where it stands, what can be done."""

    row: Any
    state: SignupState
    label: str
    tone: str
    name: str
    is_own: bool
    urls: Urls
    starts_at: datetime | None
    hold_until: datetime | None
    position: int | None
    can_cancel: bool
    can_accept: bool
    can_take: bool
    can_correct_guardian: bool
    guardian_email: str | None
    clashes: tuple[Clash, ...]
    is_over: bool


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


def signup_page(actor: Actor, view: SignupView, urls: Urls) -> SignupPage:
    """Return the page of a signup as it stands now; a hold that has run out counts as ended."""
    row, state, now = view.row, view.state, clock.now()
    is_over = row.ends_at is not None and row.ends_at <= now
    ran_out = row.hold_until is not None and row.hold_until <= now
    asked = row.authorisation or {}
    acts = is_about(actor, view) and not is_over
    return SignupPage(
        row=row,
        state=state,
        label=_("Expired") if ran_out else _(STATE_LABELS[state]),
        tone="neutral" if ran_out else STATE_TONES[state],
        name=_name(actor, view),
        is_own=actor.person_id == row.person_id,
        urls=urls,
        starts_at=row.next_starts_at or row.starts_at,
        hold_until=row.hold_until if not ran_out else None,
        position=row.position,
        can_cancel=acts and state in LIVE,
        can_accept=acts and state is SignupState.OFFERED and not ran_out,
        can_take=acts and state is SignupState.WAITING and row.free > 0,
        can_correct_guardian=acts and bool(asked) and asked.get("answer") is None and not ran_out,
        guardian_email=asked.get("email") if actor.person_id == row.person_id else None,
        clashes=tuple(clash_of(one) for one in row.clashes or ()) if state in LIVE and is_about(actor, view) else (),
        is_over=is_over,
    )
