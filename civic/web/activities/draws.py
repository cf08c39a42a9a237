"""The page of a draw: the promise before it, the seed and the order after it, and a file with which anybody does it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template, url_for

from civic.activities.draw_order import Ticket
from civic.activities.draw_sheet import write_sheet
from civic.activities.queries.activity_page import ActivityView, get_public_activity
from civic.activities.queries.draws import Drawn, get_drawn
from civic.activities.types import EntryMode
from civic.kernel.errors import NotFound
from civic.web.page_cache import public_page

blueprint = Blueprint("draws", __name__)


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """The order of one opening, and where it is to be had as a file."""

    role: str
    when: datetime | None
    tickets: tuple[Ticket, ...]
    url: str


@dataclass(frozen=True, slots=True)
class DrawPage:
    """Everything the page shows: the hash of the seed from the beginning, the seed and the orders once it was held."""

    row: Any
    commitment: str | None
    seed: str | None
    items: tuple[DrawnItem, ...]
    is_called_off: bool


@blueprint.get("/attivita/<slug>/estrazione")
def draw(slug: str) -> Response:
    """Show how places are drawn here, and once they were, how it went."""
    view = _drawing(slug)
    page = _page(view, get_drawn(view.row.id))
    return public_page(page, lambda: render_template("activities/draw.html", page=page))


@blueprint.get("/attivita/<slug>/estrazione/<opening>.csv")
def draw_csv(slug: str, opening: str) -> Response:
    """Give the order of one opening as a file."""
    view = _drawing(slug)
    found = next((one for one in view.openings if one.public_id == opening and one.drawn), None)
    drawn = get_drawn(view.row.id)
    if found is None or drawn.seed is None:
        raise NotFound
    response = Response(write_sheet(drawn.seed, drawn.orders.get(found.id, ())), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="estrazione-{slug}.csv"'
    return response


def _drawing(slug: str) -> ActivityView:
    view = get_public_activity(slug)
    if view.row.entry_mode != EntryMode.DRAW:
        raise NotFound
    return view


def _page(view: ActivityView, drawn: Drawn) -> DrawPage:
    items = []
    for opening in view.openings:
        if opening.drawn and drawn.seed is not None:
            meeting = view.meeting_of(opening)
            url = url_for("draws.draw_csv", slug=view.row.slug, opening=opening.public_id)
            tickets = drawn.orders.get(opening.id, ())
            items.append(DrawnItem(opening.role, meeting.starts_at if meeting else None, tickets, url))
    is_called_off = view.row.state == "cancelled" and drawn.seed is None
    return DrawPage(view.row, view.row.draw_commitment, drawn.seed, tuple(items), is_called_off)
