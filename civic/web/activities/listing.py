"""Home, lists, calendar and the page of one activity."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for

from civic.activities.queries.activity_page import get_public_activity
from civic.activities.queries.classes import list_schools
from civic.activities.queries.lists import Filters, list_meetings, list_public
from civic.activities.types import WITH_WORKSHOPS, ActivityKind
from civic.kernel import clock
from civic.kernel.i18n import N_
from civic.web.activities import calendar_pages, pages
from civic.web.activities.scope import read_scope
from civic.web.fields import read_day
from civic.web.page_cache import public_page
from civic.web.signing_in import current_actor

blueprint = Blueprint("activities", __name__)

_HOME_CARDS = 4
_OLDEST_PAGE = 500


@blueprint.get("/")
def home() -> Response:
    """Show what one can do here and what comes up."""
    rows, _total = list_public(Filters(), per_page=_HOME_CARDS)
    return public_page(rows, lambda: render_template("home.html", page=pages.home_page(rows)))


@blueprint.get("/laboratori")
def workshops() -> Response:
    """List workshops, courses and events."""
    return _list(WITH_WORKSHOPS, N_("Workshops"), N_("Free, for 11 to 19 year-olds and more: choose by age, day and quartiere."))


@blueprint.get("/volontariato")
def volunteering() -> Response:
    """List volunteer shifts."""
    return _list((ActivityKind.VOLUNTEERING,), N_("Volunteering"), N_("Shifts near home, even for two hours."))


def _list(kinds: tuple[ActivityKind, ...], title: str, lead: str) -> Response:
    within, chips = read_scope()
    filters = read_filters(kinds, within)
    number = _number(request.args.get("pagina"), 1, _OLDEST_PAGE) or 1
    rows, total = list_public(filters, number)
    found = (rows, total, number)
    return public_page(
        (found, chips),
        lambda: render_template("activities/list.html", page=pages.list_page(filters, chips, found, (title, lead))),
    )


@blueprint.get("/calendario")
def calendar() -> Response:
    """Show the meetings of one month."""
    month = calendar_pages.month_of(request.args.get("mese"))
    within, chips = read_scope()
    meetings, is_cut = list_meetings(clock.rome_midnight(month), clock.rome_midnight(calendar_pages.month_after(month)), **within)
    return public_page(
        (meetings, is_cut, chips, clock.today()),
        lambda: render_template("activities/calendar.html", page=calendar_pages.calendar_page(month, meetings, is_cut, chips)),
    )


@blueprint.get("/attivita/<slug>")
def activity(slug: str) -> Response:
    """Show one activity: when, where, for whom, and the way in."""
    view = get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    return public_page((view, page.status), lambda: render_template("activities/activity.html", page=page))


@blueprint.get("/attivita/<slug>/classe")
def with_class(slug: str) -> Response | str:
    """Lead who teaches to the desk of the school, to ask for places for a class; to who belongs to none say what to do first."""
    row = get_public_activity(slug).row
    actor = current_actor()
    schools = list_schools(actor.organisations) if actor.organisations else []
    if len(schools) == 1:
        return redirect(url_for("desk.class_ask", slug=schools[0].slug, activity_slug=slug))
    return render_template("activities/with_class.html", title=row.title, slug=slug, contact=row.contact, schools=schools)


def read_filters(kinds: tuple[ActivityKind, ...], within: dict[str, int]) -> Filters:
    """Return the filters that the address asks for; what cannot be understood does not filter."""
    args = request.args.to_dict()
    return Filters(
        kinds=kinds,
        text=args.get("q", "").strip()[:80],
        age=_number(args.get("eta"), 3, 120),
        quartiere=args.get("quartiere") or None,
        from_day=read_day(args.get("dal")),
        to_day=read_day(args.get("al")),
        language=args.get("lingua") or None,
        only_free=args.get("posti") == "1",
        **within,
    )


def _number(text: str | None, least: int, most: int) -> int | None:
    if text and text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most:
        return int(text)
    return None
