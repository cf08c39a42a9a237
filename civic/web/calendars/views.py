"""The feed, and the page of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for

from civic.extensions import limiter
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.i18n import N_, _, use_language
from civic.notifications import feeds
from civic.web.forms import SubmitForm
from civic.web.personal.area import Area, build_area
from civic.web.signing_in import current_actor

blueprint = Blueprint("calendars", __name__)

_MOST_A_MINUTE = "60 per minute"
_DONE = {
    "nuovo": N_("Here is the address. Keep it to yourself: whoever has it sees the calendar."),
    "togli": N_("The address no longer works."),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a calendar program reads: as it is copied, and as a program that knows the word opens it."""

    url: str
    webcal: str


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """One's own feed, within the personal area."""

    area: Area
    address: Address | None


@blueprint.get("/calendari/<token>.ics")
@limiter.limit(_MOST_A_MINUTE)
def feed(token: str):
    """Answer with the calendar, or that nothing has changed since the program asked last."""
    owner = feeds.owner_of(token)
    # What writes calendars is large: a process that is never asked for one does without it.
    as_feed = import_module("civic.notifications.feed_calendar").as_feed
    with use_language(owner.language):
        name = owner.organisation_name or _("My meetings")
        content = as_feed(name, feeds.list_entries(owner), owner.language, clock.now())
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.set_etag(sha256(content).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, max-age=900"
    answer.headers["Content-Disposition"] = 'inline; filename="calendario.ics"'
    return answer.make_conditional(request)


@blueprint.route("/area-personale/calendario", methods=["GET", "POST"])
def own():
    """Show the address of one's own feed; make it, renew it, end it."""
    actor, form = current_actor(), SubmitForm()
    if form.validate_on_submit():
        change(actor, request.form.get("act", ""))
        return redirect(url_for("calendars.own"))
    page = CalendarPage(build_area(actor), find_address(actor))
    return render_template("calendars/own.html", page=page, form=form)


def find_address(actor: Actor, organisation_id: int | None = None) -> Address | None:
    """Return the actor's address, or None where they have not asked for one."""
    path = feeds.address_of(actor, organisation_id)
    if path is None:
        return None
    url = current_app.config["SITE"].BASE_URL + path
    return Address(url, f"webcal://{url.partition('://')[2]}")


def change(actor: Actor, act: str, organisation_id: int | None = None) -> None:
    """Do what the button says, and say that it is done."""
    if act not in _DONE:
        return
    with transaction():
        (feeds.make_address if act == "nuovo" else feeds.end_address)(actor, organisation_id)
    flash(_(_DONE[act]), "success")
