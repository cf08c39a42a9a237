"""The programme as everybody reads it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from civic.activities.queries.by_place import list_places_with_counts
from civic.activities.queries.lists import Filters, list_public
from civic.initiatives import queries as initiatives_of
from civic.programme.queries import get_action, get_programme, list_actions
from civic.web.activities.pages import CARDS_PER_PAGE, CardList, card_list
from civic.web.page_cache import public_page
from civic.web.paging import page_number
from civic.web.programme import pages

blueprint = Blueprint("programme", __name__)

@blueprint.get("/programma")
def index() -> Response:
    """Show the axis, its three actions and how the amounts add up."""
    overview = get_programme()
    return public_page(overview, lambda: render_template("programme/index.html", page=pages.programme_page(overview)))


@blueprint.get("/programma/<slug>")
def action(slug: str) -> Response:
    """Show one action: what it is for, its amount, what hangs on it."""
    found = get_action(slug)
    activities = _activities(Filters(action_id=found.id))
    page = pages.action_page(found, initiatives_of.list_public(slug), activities)
    return public_page(page, lambda: render_template("programme/action.html", page=page))


@blueprint.get("/iniziative")
def initiatives() -> Response:
    """List the initiatives, of one action where it is asked."""
    chosen = request.args.get("azione") or None
    number = page_number(request.args.get("pagina"))
    rows, total = initiatives_of.list_public(chosen, number)
    page = pages.initiatives_page(rows, total, number, chosen, list_actions())
    return public_page(page, lambda: render_template("programme/initiatives.html", page=page))


@blueprint.get("/iniziative/<slug>")
def initiative(slug: str) -> Response:
    """Show one initiative and its activities."""
    row = initiatives_of.get_public(slug)
    page = pages.initiative_page(row, _activities(Filters(initiative_id=row.id)))
    return public_page(page, lambda: render_template("programme/initiative.html", page=page))


def _activities(filters: Filters) -> CardList:
    number = page_number(request.args.get("pagina"))
    return card_list(list_public(filters, number, CARDS_PER_PAGE), number)


@blueprint.get("/mappa")
def places() -> Response:
    """Show the quartieri and their places with how much goes on there."""
    rows = list_places_with_counts()
    return public_page(rows, lambda: render_template("programme/places.html", page=pages.places_page(rows)))
