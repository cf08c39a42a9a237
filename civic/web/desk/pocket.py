"""The sheet in the pocket: an attendance sheet kept on a phone, encrypted and for a day, that works without network.

The page itself holds nobody's name: it is the same for everybody, so that the browser may keep it. What it shows comes from
`pocket_sheet`, how it stands meanwhile from `pocket_state`, and what was marked goes to `pocket_marks`; assets/js/pocket is
the other half.
"""

from __future__ import annotations

import hashlib
import json
import secrets

from flask import Response, jsonify, make_response, render_template, request, send_from_directory
from flask_wtf.csrf import generate_csrf

from civic.activities.door_codes import code_of
from civic.activities.queries.participants import ExpectedRow, MeetingRow
from civic.activities.services.attending import NOT_LATE_MINUTES
from civic.activities.services.marks import OPENS_BEFORE
from civic.activities.services.taps import SHEET_KEPT, check_is_carried, check_may_carry, take_taps
from civic.activities.types import OccurrenceState
from civic.care.services.departing import note_exits
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, _, format_moment, format_time
from civic.organisations.queries import OrganisationRow
from civic.web.assets import STATIC, built_name
from civic.web.care_tags import tags_of
from civic.web.desk.attendance_page import MARKS, Sheet, look_at, missed_by, read_sheet, words_of_conflict
from civic.web.desk.batches import read_batch
from civic.web.desk.blueprint import blueprint, own
from civic.web.desk.meetings import own_meeting
from civic.web.signing_in import current_actor, device_owner, is_device_owner
from civic.web.words import BANDS

PERMISSIONS_POLICY = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
"""This page alone may ask for the camera: it reads the square codes."""


@blueprint.get("/foglio-in-tasca")
def pocket() -> Response:
    """Show the page that works without network; it says nothing of anybody."""
    response = make_response(render_template("desk/pocket.html", marks=[(one.value, _(label)) for one, label in MARKS.items()]))
    response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
    return response


@blueprint.get("/foglio-in-tasca/servizio.js")
def pocket_worker() -> Response:
    """Send the script that lets the browser open `pocket` without network; it answers for that page and its files alone."""
    name = "pocket-worker.js"
    response = send_from_directory(STATIC / "dist", built_name(name) or name, mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = request.script_root + "/gestione/foglio-in-tasca"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/<slug>/attivita/<public_id>/incontri/<meeting_id>/presenze/tasca")
def pocket_sheet(slug: str, public_id: str, meeting_id: str) -> Response:
    """Send the sheet of a meeting to the phone of who takes it along; noted like every look at names.

    Earlier than 48 hours before and later than 12 hours after there is none, and the answer says so.
    """
    row = own(slug)
    meeting = own_meeting(row, public_id, meeting_id)
    check_may_carry(current_actor(), meeting)
    try:
        check_is_carried(meeting)
    except RuleBroken as refusal:
        return jsonify(refusal=_(refusal.message, **refusal.values), **_greeting())
    return jsonify(**_sheet(read_sheet(row, meeting)), **_greeting())


@blueprint.get("/<slug>/attivita/<public_id>/incontri/<meeting_id>/presenze/tasca/stato")
def pocket_state(slug: str, public_id: str, meeting_id: str) -> Response:
    """Tell a phone how the meeting stands, without the name of a child: by `version` it knows whether its sheet is of today.

    Once there is no sheet any more it is told the time alone, so that marks made before can still be sent.
    """
    row = own(slug)
    meeting = own_meeting(row, public_id, meeting_id)
    check_may_carry(current_actor(), meeting)
    return jsonify(**_state(row, meeting), **_greeting())


@blueprint.post("/<slug>/attivita/<public_id>/incontri/<meeting_id>/presenze/tasca")
def pocket_marks(slug: str, public_id: str, meeting_id: str) -> Response | tuple[Response, int]:
    """Take what was marked on a phone, and tell how the meeting stands then.

    Each mark has its answer: nothing, or the sentence that whoever made it has to read. What somebody else made on the same
    phone is not taken (409): it waits there until they sign in.
    """
    row = own(slug)
    meeting = own_meeting(row, public_id, meeting_id)
    check_may_carry(current_actor(), meeting)
    try:
        received = read_batch(request.get_json())
    except (ValueError, KeyError, TypeError) as error:
        raise RuleBroken(N_("This is no sheet of ours: reload the page.")) from error
    if not is_device_owner(received.owner):
        return jsonify(
            error=_("These marks were made by somebody else: they are sent when that person signs in."), **_greeting()
        ), 409
    with transaction():
        answers = take_taps(current_actor(), meeting_id, received.batch) if received.batch.taps else {}
        if received.exits:
            answers |= note_exits(current_actor(), meeting_id, received.exits, received.batch.sent_at, asks_reason=False)
    said = {str(one): _(why.message, **why.values) if why else "" for one, why in answers.items()}
    said |= dict.fromkeys(received.odd, _("This mark cannot be read: make it again on the page of the attendance."))
    return jsonify(answers=said, **_state(row, meeting), **_greeting())


def _greeting() -> dict:
    return {"csrf": generate_csrf(), "owner": device_owner(), "now": clock.now().isoformat()}


def _state(row: OrganisationRow, meeting: MeetingRow) -> dict:
    if clock.now() > meeting.ends_at + SHEET_KEPT:
        return {}
    sheet = look_at(row, meeting)
    return {"version": _version(sheet), **_standing_of(sheet)}


def _sheet(sheet: Sheet) -> dict:
    meeting = sheet.meeting
    salt = secrets.token_hex(16)
    return {
        **_meeting(meeting),
        "opens_at": (meeting.starts_at - OPENS_BEFORE).isoformat(),
        "expires_at": (meeting.ends_at + SHEET_KEPT).isoformat(),
        "expires": format_moment(meeting.ends_at + SHEET_KEPT),
        "grace": NOT_LATE_MINUTES,
        "salt": salt,
        "version": _version(sheet),
        "people": [_person(sheet, row, salt) for row in sheet.expected],
        **_standing_of(sheet),
    }


def _meeting(meeting: MeetingRow) -> dict:
    where = f", {meeting.place_name}" if meeting.place_name else ""
    return {
        "title": meeting.title,
        "when": f"{format_moment(meeting.starts_at)}-{format_time(meeting.ends_at)}{where}",
        "is_cancelled": meeting.state is OccurrenceState.CANCELLED,
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
    }


def _person(sheet: Sheet, row: ExpectedRow, salt: str) -> dict:
    marks = sheet.marks.get(row.id)
    return {
        "id": row.public_id,
        "name": sheet.name_of(row),
        "band": ", ".join(one for one in (_(BANDS[sheet.band_of(row)]), row.role) if one),
        "tags": [list(tag) for tag in tags_of(marks)],
        "code": hashlib.sha256(f"{salt}{code_of(row.public_id)}".encode()).hexdigest(),
        "is_child": sheet.notes_exits and marks is not None and marks.is_child,
        "alone": bool(marks and marks.leaves_alone),
        "adults": list(marks.collected_by) if marks else [],
    }


def _version(sheet: Sheet) -> str:
    """Return what changes with the meeting, when somebody comes or goes, and when a family writes something else."""
    people = [_person(sheet, row, salt="") for row in sheet.expected]
    return hashlib.sha256(json.dumps([_meeting(sheet.meeting), people]).encode()).hexdigest()[:16]


def _standing_of(sheet: Sheet) -> dict:
    """Return how the meeting stands, by the public id of the signup: marks, what differs, who has gone home."""
    standing = {}
    for row in sheet.expected:
        left = sheet.gone_of(row)
        standing[row.public_id] = {
            "state": row.state.value if row.state else None,
            "missed": missed_by(row, sheet.meeting) or 0,
            "at": row.recorded_at.isoformat() if row.recorded_at else None,
            "conflict": words_of_conflict(sheet.told.conflicts.get(row.id)),
            "home": {"way": left.way.value, "by": left.collected_by, "at": left.at.isoformat()} if left and left.way else None,
        }
    return {"seen": sheet.told.last_id, "standing": standing}
