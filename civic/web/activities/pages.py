"""What the pages of activities show: frozen values, built from rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for

from civic.activities.age_limits import admits_minors
from civic.activities.queries.activity_page import ActivityView, OpeningRow
from civic.activities.queries.lists import PER_PAGE, ActivityRow, Filters
from civic.activities.types import ActivityKind, AgeBasis, EntryMode
from civic.kernel.i18n import _, current_language
from civic.programme.queries import list_quartieri
from civic.web.activities.scope import Chip
from civic.web.paging import Pager, build_pager
from civic.web.words import LANGUAGE_LABELS, age_label, ages_of_activity, language_labels, window_words

CARDS_PER_PAGE = 12


@dataclass(frozen=True, slots=True)
class Card:
    """An activity in a list; `has_begun` where nobody can sign up for what is left of it."""

    url: str
    kind: str
    title: str
    organisation_name: str
    summary: str
    first_starts_at: datetime
    occurrence_count: int
    place_name: str
    quartiere_name: str | None
    quartiere_code: str | None
    age_label: str | None
    free_places: int | None
    waiting_count: int
    is_full: bool
    has_begun: bool
    language_labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HomePage:
    upcoming: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list with its filters."""

    title: str
    lead: str
    cards: tuple[Card, ...]
    total: int
    filters: Filters
    chips: tuple[Chip, ...]
    clear_url: str
    quartieri: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class CardList:
    """The activities of something that has a page of its own: these cards, how many there are in all, where the others stand."""

    cards: tuple[Card, ...]
    total: int
    pager: Pager


@dataclass(frozen=True, slots=True)
class OpeningItem:
    """One way in: a role, what is free, where to sign up; `window` where the shift has one of its own.

    `is_drawn_later`: places are drawn, and the draw is to come.
    """

    role: str
    when: datetime | None
    free: int
    waiting: int
    is_full: bool
    url: str
    is_open: bool
    window: str | None
    is_drawn_later: bool = False


@dataclass(frozen=True, slots=True)
class MeetingItem:
    """One dated meeting."""

    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool
    is_over: bool
    reason: str | None
    place: str | None
    meets_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Everything the page of an activity shows. `status` is what changes with time alone.

    `shows_ways_in`: people can sign up, or shifts have windows of their own that say when.
    """

    row: Any
    title: str
    first_starts_at: datetime | None
    meetings: tuple[MeetingItem, ...]
    participate: tuple[OpeningItem, ...]
    help_out: tuple[OpeningItem, ...]
    is_cancelled: bool
    can_sign_up: bool
    shows_ways_in: bool
    joins_late: bool
    age_label: str | None
    languages: tuple[str, ...]
    needs_approval: bool
    awaits_draw: bool
    takes_classes: bool
    action_name: str | None
    window: str | None
    status: tuple


def card_of(row: ActivityRow) -> Card:
    """Return the card of a row of a list."""
    return Card(
        # Twenty of them stand in a list, and `url_for` costs as much as drawing one.
        url=f"{request.script_root}/attivita/{row.slug}",
        kind=row.kind,
        title=row.title,
        organisation_name=row.organisation_name,
        summary=row.summary,
        first_starts_at=row.next_starts_at,
        occurrence_count=row.occurrences_left,
        place_name=row.place_name or _("Place to be announced"),
        quartiere_name=row.quartiere_name,
        quartiere_code=row.quartiere_code,
        age_label=age_label(row.age_min, row.age_max),
        free_places=row.free if row.capacity else None,
        waiting_count=row.waiting,
        is_full=row.capacity > 0 and row.free <= 0,
        has_begun=row.is_too_late and not row.capacity,
        language_labels=language_labels(row.languages),
    )


def home_page(rows: Sequence[ActivityRow]) -> HomePage:
    """Return the home page."""
    return HomePage(upcoming=tuple(card_of(row) for row in rows))


def list_page(
    filters: Filters, chips: tuple[Chip, ...], found: tuple[Sequence[ActivityRow], int, int], words: tuple[str, str]
) -> ListPage:
    """Return a page of a list: the rows `found`, how many there are in all and the number of the page."""
    rows, total, number = found
    query = {key: value for key, value in request.args.items() if key != "pagina"}
    return ListPage(
        title=_(words[0]),
        lead=_(words[1]),
        cards=tuple(card_of(row) for row in rows),
        total=total,
        filters=filters,
        chips=chips,
        clear_url=url_for(request.endpoint),
        quartieri=tuple((quartiere.slug, quartiere.name) for quartiere in list_quartieri()),
        languages=tuple((code, _(label)) for code, label in LANGUAGE_LABELS.items()),
        pager=build_pager(total, number, PER_PAGE, lambda page: url_for(request.endpoint, **{**query, "pagina": page})),
    )


def card_list(found: tuple[Sequence[ActivityRow], int], number: int) -> CardList:
    """Return page `number` of the activities of the page that is asked for."""
    rows, total = found

    def url(page: int) -> str:
        return url_for(request.endpoint, **(request.view_args or {}), pagina=page)

    return CardList(tuple(card_of(row) for row in rows), total, build_pager(total, number, CARDS_PER_PAGE, url))


def activity_page(view: ActivityView, now: datetime) -> ActivityPage:
    """Return the page of an activity as it stands at `now`."""
    row = view.row
    meetings = tuple(
        MeetingItem(one.starts_at, one.ends_at, one.state == "cancelled", one.ends_at <= now, one.reason, one.place, one.meets_at)
        for one in view.occurrences
    )
    closed = row.signup_closes_at is not None and row.signup_closes_at <= now
    items = [(opening, _opening_item(view, opening, now)) for opening in view.openings if not view.is_past(opening, now)]
    can_sign_up = row.state == "published" and any(item.is_open for _opening, item in items)
    joins_late = row.late_entry and row.starts_at is not None and row.starts_at <= now
    # What has begun is not waited for, whenever sign-ups were to close.
    says_when = row.state == "published" and (bool(items) or closed)
    return ActivityPage(
        row=row,
        title=row.title,
        first_starts_at=next((one.starts_at for one in meetings if not (one.is_cancelled or one.is_over)), None),
        meetings=meetings,
        participate=tuple(item for opening, item in items if opening.kind != ActivityKind.VOLUNTEERING),
        help_out=tuple(item for opening, item in items if opening.kind == ActivityKind.VOLUNTEERING),
        is_cancelled=row.state == "cancelled",
        can_sign_up=can_sign_up,
        shows_ways_in=can_sign_up or (row.state == "published" and any(item.window for _opening, item in items)),
        joins_late=joins_late,
        age_label=ages_of_activity(row),
        languages=language_labels(row.languages),
        needs_approval=row.entry_mode == EntryMode.APPROVAL,
        awaits_draw=any(item.is_drawn_later for _opening, item in items),
        takes_classes=_takes_classes(row, items),
        action_name=row.action_name_en if current_language() == "en" else row.action_name_it,
        window=window_words(row.signup_opens_at, row.signup_closes_at, now) if says_when else None,
        status=(
            joins_late,
            closed,
            tuple((item.is_open, item.window) for _opening, item in items),
            tuple(one.is_over for one in meetings),
        ),
    )


def _takes_classes(row: Any, items: Sequence[tuple[OpeningRow, OpeningItem]]) -> bool:
    """Whether a school can ask for places together: for minors, given to whoever asks first."""
    if row.entry_mode == EntryMode.APPROVAL or not admits_minors(row.age_min, AgeBasis(row.age_basis)):
        return False
    return any(item.is_open and not item.is_drawn_later and opening.kind != ActivityKind.VOLUNTEERING for opening, item in items)


def _opening_item(view: ActivityView, opening: OpeningRow, now: datetime) -> OpeningItem:
    meeting, (opens_at, closes_at) = view.meeting_of(opening), view.window_of(opening)
    is_drawn_later = view.row.entry_mode == EntryMode.DRAW and not opening.drawn
    has_own = meeting is not None and bool(meeting.signup_opens_at or meeting.signup_closes_at)
    return OpeningItem(
        role=opening.role,
        when=meeting.starts_at if meeting else None,
        free=opening.free,
        waiting=opening.waiting,
        is_full=opening.free <= 0 and not is_drawn_later,
        url=url_for("signing_up.sign_up", slug=view.row.slug, posto=opening.public_id),
        is_open=view.is_open(opening, now),
        window=window_words(opens_at, closes_at, now) if has_own else None,
        is_drawn_later=is_drawn_later,
    )
