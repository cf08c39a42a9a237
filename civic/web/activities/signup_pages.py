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
from civic.kernel.actor import Actor
from civic.kernel.i18n import _
from civic.web.words import STATE_LABELS, STATE_TONES

_ASKED_FOR = (SignupState.PENDING_GUARDIAN, SignupState.WAITING, SignupState.REQUESTED)


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
    is_soon: bool
    clashes: tuple[Clash, ...]
    is_over: bool


def own_urls(public_id: str) -> Urls:
    """Return the addresses for who is signed in."""
    page = url_for("mine.signup", public_id=public_id)
    return Urls(page, page)


def signup_page(actor: Actor, view: SignupView, urls: Urls) -> SignupPage:
    """Return the page of a signup as it stands now; a hold that has run out counts as ended."""
    row, state, now = view.row, view.state, clock.now()
    is_over = row.ends_at is not None and row.ends_at <= now
    ran_out = row.hold_until is not None and row.hold_until <= now
    asked = row.authorisation or {}
    lacks_yes = row.needs_authorisation and asked.get("answer") != "granted"
    acts = (actor.person_id == row.person_id or row.person_id in actor.wards) and not is_over
    return SignupPage(
        row=row,
        state=state,
        label=_("Expired") if ran_out else _(STATE_LABELS[state]),
        tone="neutral" if ran_out else STATE_TONES[state],
        name=f"{row.given_name} {row.family_name}".strip(),
        is_own=actor.person_id == row.person_id,
        urls=urls,
        starts_at=row.next_starts_at or row.starts_at,
        hold_until=row.hold_until if not ran_out else None,
        position=row.position,
        can_cancel=acts and state in LIVE,
        can_accept=acts and state is SignupState.OFFERED and not ran_out,
        can_take=acts and state is SignupState.WAITING and row.free > 0,
        can_correct_guardian=acts and not ran_out and lacks_yes and state in _ASKED_FOR,
        guardian_email=asked.get("email") if actor.person_id == row.person_id and asked.get("answer") is None else None,
        is_soon=row.hold_until is not None and row.hold_until == row.starts_at,
        clashes=tuple(clash_of(one) for one in row.clashes or ()) if state in LIVE else (),
        is_over=is_over,
    )
