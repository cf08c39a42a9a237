"""Which organisation, what awaits it today, and the list of its activities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for

from civic.activities.queries.desk_list import PER_PAGE, DeskRow, Shelf, count_shelves, list_for_desk
from civic.activities.queries.desk_today import Today, get_today
from civic.announcements.queries.replies import list_open
from civic.kernel import clock
from civic.kernel.i18n import N_, _
from civic.notifications.failures import list_failures
from civic.organisations.queries import OrganisationRow, list_own
from civic.organisations.types import ROLE_LABELS, STATE_LABELS
from civic.web.desk.blueprint import blueprint, can_edit, own, show
from civic.web.desk.facilitators import EndingItem, LackingItem, adults_today
from civic.web.paging import Pager, build_pager, page_number
from civic.web.signing_in import current_actor

SHELVES = {
    "in-arrivo": (Shelf.COMING, N_("Coming up")),
    "bozze": (Shelf.DRAFTS, N_("Drafts")),
    "passate": (Shelf.PAST, N_("Past")),
    "annullate": (Shelf.CANCELLED, N_("Cancelled ones")),
}


@dataclass(frozen=True, slots=True)
class DeskCard:
    """One of the organisations the person acts for."""

    url: str
    name: str
    role: str
    state: str


@dataclass(frozen=True, slots=True)
class TodayPage:
    """What awaits the organisation."""

    row: OrganisationRow
    state: str
    today: Today
    failures: tuple[Any, ...]
    replies: tuple[Any, ...]
    lacking: tuple[LackingItem, ...]
    ending: tuple[EndingItem, ...]
    is_quiet: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class ActivitiesPage:
    """The organisation's activities on one shelf."""

    rows: tuple[DeskRow, ...]
    total: int
    text: str
    tabs: tuple[Tab, ...]
    shelf: str
    clear_url: str
    pager: Pager


@blueprint.get("/")
def index():
    """Choose the organisation; where there is one only, go to it."""
    actor = current_actor()
    rows = list_own(actor)
    if len(rows) == 1:
        return redirect(url_for("desk.organisation", slug=rows[0].slug))
    cards = tuple(
        DeskCard(
            url_for("desk.organisation", slug=row.slug),
            row.name,
            _(ROLE_LABELS[actor.organisations[row.id]]),
            _(STATE_LABELS[row.state]),
        )
        for row in rows
    )
    return render_template("desk/choose.html", cards=cards)


@blueprint.get("/<slug>")
def organisation(slug: str):
    """Show what awaits the organisation today."""
    row = own(slug)
    now = clock.now()
    today, failures = get_today(row.id, now), list_failures(row.id, now)
    # How it stands with certificates, and what people answer, is for who writes for the organisation.
    edits = can_edit(current_actor(), row)
    lacking, ending = adults_today(row, now) if edits else ((), ())
    replies = tuple(list_open(row.id)) if edits else ()
    is_quiet = not any((today.requests, today.guardians, today.short, today.meetings, failures, replies, lacking, ending))
    page = TodayPage(row, _(STATE_LABELS[row.state]), today, failures, replies, lacking, ending, is_quiet, now)
    return show("desk/today.html", row, page=page)


@blueprint.get("/<slug>/attivita")
def activities(slug: str):
    """List the organisation's activities."""
    row = own(slug)
    chosen = request.args.get("stato") if request.args.get("stato") in SHELVES else "in-arrivo"
    text = request.args.get("q", "").strip()[:80]
    number = page_number(request.args.get("pagina"))
    rows, total = list_for_desk(row.id, SHELVES[chosen][0], text, number)
    counts = count_shelves(row.id)

    def url(**query: object) -> str:
        return url_for("desk.activities", slug=slug, **{key: value for key, value in query.items() if value})

    page = ActivitiesPage(
        rows=rows,
        total=total,
        text=text,
        tabs=tuple(Tab(_(label), url(stato=name), counts[shelf], name == chosen) for name, (shelf, label) in SHELVES.items()),
        shelf=chosen,
        clear_url=url(stato=chosen),
        pager=build_pager(total, number, PER_PAGE, lambda page: url(stato=chosen, q=text, pagina=page)),
    )
    return show("desk/activities.html", row, page=page)
