"""Sheets for the families of a class: one page for each pupil, with a square code that opens the question to the guardian."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from flask import flash, redirect, url_for

from civic.activities.queries.classes import get_class, list_sheets
from civic.activities.queries.participants import record_seen
from civic.activities.services import sheets
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError
from civic.kernel.i18n import _, ngettext
from civic.web.desk.blueprint import blueprint, show
from civic.web.desk.classes import own_school
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor


@dataclass(frozen=True, slots=True)
class FamilySheet:
    """One page: for whom, until when the family can answer, and the way to the question."""

    name: str
    until: Any
    url: str
    drawing: str


@blueprint.get("/<slug>/classi/<block>/fogli")
def class_sheets(slug: str, block: str):
    """Show the sheets that were prepared last, to be printed; opening the page again changes none of them."""
    row = own_school(slug)
    held = get_class(current_actor(), row.id, block)
    found = list_sheets(held.id)
    if found:
        with transaction():
            record_seen(current_actor(), held.activity_id, len(found), "family sheets")
    meetings = [(datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"])) for one in held.meetings or ()]
    values = {"held": held, "meetings": meetings, "sheets": [_sheet(*one) for one in found], "act": SubmitForm(formdata=None)}
    return show("desk/class_sheets.html", row, **values)


@blueprint.post("/<slug>/classi/<block>/fogli")
def class_prepare_sheets(slug: str, block: str):
    """Make new codes for the families that have not answered; those printed before open nothing any more."""
    row = own_school(slug)
    get_class(current_actor(), row.id, block)
    try:
        with transaction():
            count = sheets.prepare_sheets(current_actor(), block)
    except DomainError as error:
        flash(_(error.message, **error.values), "danger")
        return redirect(url_for("desk.class_of", slug=slug, block=block))
    flash(
        ngettext(
            "%(num)s sheet is ready to print. Sheets printed before open nothing any more.",
            "%(num)s sheets are ready to print. Sheets printed before open nothing any more.",
            count,
        ),
        "success",
    )
    return redirect(url_for("desk.class_sheets", slug=slug, block=block))


def _sheet(pupil: Any, link: Any) -> FamilySheet:
    url = url_for("links.authorisation", token=link.token, _external=True)
    # Light ground, so that it reads on a dark page as well.
    drawing = segno.make(url, error="m").svg_data_uri(scale=5, border=4, dark="#16203d", light="#fff")
    return FamilySheet(f"{pupil.given_name} {pupil.family_name}".strip(), link.expires_at, url, drawing)
