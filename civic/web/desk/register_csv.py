"""The hours of an activity as a spreadsheet for the school: no birthday, no contact, nobody who came in confidence."""

from __future__ import annotations

from decimal import Decimal

from flask import Response

from civic.activities.queries.participants import record_seen
from civic.certificates.models import Certificate
from civic.certificates.queries.registers import get_register
from civic.certificates.rules import rounded
from civic.certificates.types import Hours
from civic.kernel.db import transaction
from civic.kernel.errors import NotFound
from civic.kernel.i18n import N_, _, format_number
from civic.kernel.ids import slugify
from civic.web.desk.blueprint import blueprint, own_to_edit
from civic.web.desk.exporting import csv_file
from civic.web.desk.writing import own_activity
from civic.web.signing_in import current_actor

_HEADINGS = (
    N_("Name"),
    N_("Family name"),
    N_("Hours attended"),
    N_("Hours scheduled"),
    N_("Document"),
    N_("Number"),
    N_("Code"),
)


@blueprint.get("/<slug>/attivita/<public_id>/registro/ore.csv")
def register_csv(slug: str, public_id: str) -> Response:
    """Send the totals of a closed register as CSV; that it was taken is written in the audit."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    view = get_register(activity.id)
    if not view.is_closed:
        raise NotFound
    live = {one.person_id: one for one in view.live}
    rows = [_cells(one, live.get(one.person_id)) for one in view.people if not one.is_confided]
    with transaction():
        record_seen(current_actor(), activity.id, len(rows), "hours")
    return csv_file(f"{slugify(activity.title)}-{slugify(_('Hours'))}", [[_(one) for one in _HEADINGS], *rows])


def _cells(person: Hours, issued: Certificate | None) -> list[str]:
    fixed = issued or person
    return [
        person.given_name,
        person.family_name,
        _in_hours(rounded(fixed.minutes)),
        _in_hours(fixed.scheduled_minutes),
        _(issued.kind.label) if issued else "",
        issued.label if issued else "",
        issued.code if issued else "",
    ]


def _in_hours(minutes: int) -> str:
    return format_number(Decimal(minutes) / 60)
