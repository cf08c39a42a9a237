"""The people of an activity as a spreadsheet: no contacts, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

from flask import Response

from civic.activities.queries.participants import PersonRow, list_people, record_seen
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.i18n import N_, _
from civic.kernel.ids import slugify
from civic.web.desk.activity import own_view
from civic.web.desk.blueprint import blueprint, own_to_edit
from civic.web.desk.people import GROUPS, listed_as
from civic.web.signing_in import current_actor
from civic.web.words import BANDS, band_of

# Since when counts for who waits. Of who has a place it would tell, beside the day of a link to kept places, who was sent.
_IN_LINE = (SignupState.REQUESTED, SignupState.WAITING)
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEADINGS = (N_("Name"), N_("Family name"), N_("Age"), N_("Role"), N_("Meeting"), N_("State"), N_("Since"))


@blueprint.get("/<slug>/attivita/<public_id>/iscritti.csv")
def people_csv(slug: str, public_id: str) -> Response:
    """Send the people as CSV; that it was taken is written in the audit."""
    row = own_to_edit(slug)
    view = own_view(row, public_id)
    actor = current_actor()
    people = list_people(actor, view.row.id, row.id)
    with transaction():
        record_seen(actor, view.row.id, len(people), "export")
    day = clock.to_rome(view.row.starts_at or clock.now()).date()
    return csv_file(slugify(view.row.title), [[_(one) for one in _HEADINGS], *(_cells(one, day) for one in people)])


def _cells(one: PersonRow, day) -> list[str]:
    labels = {state: label for state, _anchor, label in GROUPS}
    return [
        one.given_name,
        one.family_name,
        _(BANDS[band_of(one.birth_on, day)]),
        one.role,
        clock.to_rome(one.meeting_at).strftime("%d/%m/%Y %H:%M") if one.meeting_at else "",
        _(labels[listed_as(one)]),
        clock.to_rome(one.joined_at).strftime("%d/%m/%Y %H:%M") if listed_as(one) in _IN_LINE else "",
    ]


def csv_file(name: str, rows: list[list[str]]) -> Response:
    """Return the rows as a file to save."""
    response = Response(csv_of(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def csv_of(rows: list[list[str]]) -> bytes:
    """Return rows as CSV (RFC 4180, UTF-8 with its mark, which Excel needs); text that would run gets an apostrophe."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([[_plain_cell(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _plain_cell(text: str) -> str:
    return "'" + text if text.lstrip(" ").startswith(_RUNS) else text
