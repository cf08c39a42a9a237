"""What the pages of the personal area show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from civic.accounts.rules import age_on
from civic.accounts.services.links import MailedLink
from civic.activities.queries.signups import SignupView
from civic.activities.types import LIVE, SignupState
from civic.certificates.queries.issued import Earned
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.i18n import _, format_hours
from civic.web.personal.area import Area, build_area
from civic.web.words import signup_label

_SHOWN_PAST = 20


@dataclass(frozen=True, slots=True)
class SignupItem:
    """A signup in a list; `name` where it is a child's, `earned` the hours and the document that came of it."""

    url: str
    title: str
    kind: str
    when: datetime | None
    place: str | None
    label: str
    tone: str
    name: str | None
    earned: str | None


@dataclass(frozen=True, slots=True)
class ChildItem:
    """A young person in a list."""

    name: str
    age: int
    url: str
    has_signup: bool


@dataclass(frozen=True, slots=True)
class AskedItem:
    """An authorisation that is asked of the person: for whom, for what, until when, and where it is answered."""

    name: str
    title: str
    until: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Family:
    """The young people of somebody, the signups of all of them, and the hours that came of those."""

    wards: Sequence[Any]
    views: Sequence[SignupView]
    earned: Mapping[tuple[int, int], Earned]


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """What is asked of the person, what comes next, what was, who is in the family."""

    area: Area
    given_name: str
    asked: tuple[AskedItem, ...]
    upcoming: tuple[SignupItem, ...]
    past: tuple[SignupItem, ...]
    children: tuple[ChildItem, ...]
    can_add_child: bool


@dataclass(frozen=True, slots=True)
class DetailsPage:
    """Own data besides the form."""

    area: Area
    email: str
    birth_on: Any


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """Whether mail to the address comes back."""

    area: Area
    email: str
    comes_back: bool


@dataclass(frozen=True, slots=True)
class AddressPage:
    area: Area
    email: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class DownloadPage:
    area: Area
    asks_password: bool


@dataclass(frozen=True, slots=True)
class ChildrenPage:
    area: Area
    children: tuple[ChildItem, ...]


@dataclass(frozen=True, slots=True)
class ChildPage:
    """A child to add (`name` is None) or to change."""

    area: Area
    name: str | None
    privacy: str
    has_account: bool
    remove_url: str | None


@dataclass(frozen=True, slots=True)
class SessionItem:
    """A browser that is signed in."""

    name: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class SecurityPage:
    area: Area
    email: str
    has_authenticator: bool
    is_compulsory: bool
    codes_left: int
    sessions: tuple[SessionItem, ...]


@dataclass(frozen=True, slots=True)
class LinkPage:
    """The page behind the link that confirms another address."""

    is_usable: bool


def asked_items(rows: Sequence[Any], links: Mapping[int, MailedLink]) -> tuple[AskedItem, ...]:
    """Return what is asked of a guardian, with the same links as in the mails."""
    return tuple(
        AskedItem(row.given_name, row.title, row.expires_at, url_for("links.authorisation", token=links[row.link_id].token))
        for row in rows
    )


def overview_page(actor: Actor, family: Family, own: Any, asked: tuple[AskedItem, ...]) -> OverviewPage:
    """Return the overview: what is to come first, soonest first."""
    area = build_area(actor)
    now = clock.now()
    current = [view for view in family.views if _is_current(view, now)]
    rest = [view for view in family.views if not _is_current(view, now)]
    current.sort(key=lambda view: (view.row.next_starts_at or view.row.starts_at or now, view.row.id))
    return OverviewPage(
        area=area,
        given_name=own.given_name,
        asked=asked,
        upcoming=tuple(signup_item(actor, view, now) for view in current),
        past=tuple(signup_item(actor, view, now, family.earned) for view in rest[:_SHOWN_PAST]),
        children=child_items(family.wards, family.views),
        can_add_child=any(item.url.endswith("/figli") for item in area.nav),
    )


def _is_current(view: SignupView, now: datetime) -> bool:
    is_over = view.row.ends_at is not None and view.row.ends_at <= now
    return view.state_at(now) in LIVE and not is_over


def signup_item(
    actor: Actor, view: SignupView, now: datetime, earned: Mapping[tuple[int, int], Earned] | None = None
) -> SignupItem:
    """Return a signup for a list, judged at `now`: a hold that has run out counts as ended, a missed offer as waiting."""
    row = view.row
    one = (earned or {}).get((row.activity_id, row.person_id))
    label, tone = signup_label(view, now)
    is_own = row.person_id == actor.person_id
    if not is_own and view.state is SignupState.CONFIRMED:
        label = _("Has a place")
    if row.ends_at is not None and row.ends_at <= now and view.state is SignupState.CONFIRMED:
        label, tone = _("It is over"), "neutral"
    return SignupItem(
        url=url_for("mine.signup", public_id=row.public_id),
        title=row.title,
        kind=row.kind,
        when=row.next_starts_at or row.starts_at,
        place=row.place_name,
        label=label,
        tone=tone,
        name=None if is_own else f"{row.given_name} {row.family_name}".strip(),
        earned=f"{_(one.kind.label)}: {format_hours(one.minutes)}" if one else None,
    )


def child_items(wards: Iterable[Any], views: Sequence[SignupView] = ()) -> tuple[ChildItem, ...]:
    """Return the young people of a family."""
    now, today = clock.now(), clock.today()
    busy = {view.row.person_id for view in views if _is_current(view, now)}
    return tuple(
        ChildItem(
            name=ward.full_name,
            age=age_on(ward.birth_on, today),
            url=url_for("personal.child", public_id=ward.public_id),
            has_signup=ward.id in busy,
        )
        for ward in wards
    )
