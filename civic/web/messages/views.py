"""Pages of the messages."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for

from civic.extensions import limiter
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import NotFound
from civic.kernel.i18n import _
from civic.notifications import addresses
from civic.notifications import inbox as messages
from civic.notifications import preferences as chosen
from civic.notifications.catalogue import GATHERED, SWITCHABLE
from civic.notifications.types import Category, Mode
from civic.web.messages import forms, pages
from civic.web.personal.area import build_area
from civic.web.signing_in import current_actor

blueprint = Blueprint("messages", __name__)

_OLDEST_PAGE = 500


@blueprint.get("/area-personale/messaggi")
def inbox():
    """Show the messages of who is signed in."""
    asked = request.args.get("pagina", "1")
    number = min(max(int(asked), 1), _OLDEST_PAGE) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    page = pages.inbox_page(current_actor(), number)
    return render_template("messages/inbox.html", page=page, form=forms.ReadForm(until=page.until))


@blueprint.post("/area-personale/messaggi/letti")
def mark_read():
    """Note that the messages that were shown have been seen; what came meanwhile stays new."""
    form = forms.ReadForm()
    if form.validate_on_submit():
        with transaction():
            messages.mark_read(current_actor(), _instant(form.until.data))
    return redirect(url_for("messages.inbox"))


def _instant(text: str | None) -> datetime:
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return clock.now()
    return instant if instant.tzinfo else clock.now()


@blueprint.route("/area-personale/messaggi/preferenze", methods=["GET", "POST"])
def preferences():
    """Let who is signed in choose which mails come."""
    person_id = current_actor().person_id
    modes = chosen.modes_of(person_id)
    form = forms.PreferencesForm(data={category.value: _shown(category, mode) for category, mode in modes.items()})
    if form.validate_on_submit():
        with transaction():
            for category, mode in modes.items():
                wanted = _read_mode(category, form[category.value].data)
                if wanted is not mode:
                    chosen.choose(person_id, category, wanted)
        flash(_("Saved. It holds from now on."), "success")
        return redirect(url_for("messages.preferences"))
    page = pages.PreferencesPage(build_area(current_actor()))
    return render_template("messages/preferences.html", page=page, form=form), 422 if form.errors else 200


def _shown(category: Category, mode: Mode) -> str | bool:
    """Return a mode as its field has it: one of four where it can be gathered, else a box with a tick or without."""
    return mode.value if category in GATHERED else mode is Mode.NOW


def _read_mode(category: Category, data: str | bool) -> Mode:
    return Mode(data) if category in GATHERED else Mode.NOW if data else Mode.OFF


@blueprint.post("/area-personale/messaggi/inviti")
def ask_for_invitations():
    """Write to who has ticked the box when volunteers are missing; then show where that is changed again."""
    form = forms.InvitationsForm()
    if form.validate_on_submit() and form.update.data:
        with transaction():
            chosen.switch_on(current_actor().person_id, Category.UPDATE)
        flash(_("Saved. It holds from now on."), "success")
    return redirect(url_for("messages.preferences"))


@blueprint.get("/u/<token>")
def unsubscribe(token: str):
    """Show what the link switches off; opening it changes nothing, since mail scanners open links."""
    _person_id, category = _read(token)
    page = pages.UnsubscribePage(_(forms.LABELS[category]), False, token)
    return render_template("messages/unsubscribe.html", page=page)


@blueprint.post("/u/<token>")
@limiter.limit("60 per minute")
def one_click(token: str):
    """Switch the category off at once: for the button of the page, and for mail programs that press it themselves."""
    person_id, category = _read(token)
    with transaction():
        chosen.switch_off(person_id, category)
    return render_template("messages/unsubscribe.html", page=pages.UnsubscribePage(_(forms.LABELS[category]), True, token))


def _read(token: str) -> tuple[int, Category]:
    found = addresses.read_unsubscribe_token(token)
    person_id = chosen.find_person(found[0]) if found else None
    if person_id is None or found[1] not in SWITCHABLE:
        raise NotFound
    return person_id, found[1]
