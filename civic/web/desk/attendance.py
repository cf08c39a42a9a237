"""Who was there: one form for everybody, one request; and the sheet to print and sign."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, request, url_for

from civic.activities.services.attending import Mark, check_in, record_attendance
from civic.activities.types import AttendanceState
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, RuleBroken
from civic.kernel.i18n import N_, _, format_time, ngettext
from civic.web.desk.activity_forms import AttendanceForm
from civic.web.desk.attendance_page import MARKS, MISSED, NOT_RECORDED, Typed, page_of, read_sheet
from civic.web.desk.blueprint import blueprint, own, show
from civic.web.desk.meetings import own_meeting
from civic.web.signing_in import current_actor


@blueprint.route("/<slug>/attivita/<public_id>/incontri/<meeting_id>/presenze", methods=["GET", "POST"])
def attendance(slug: str, public_id: str, meeting_id: str):
    """Mark who is there."""
    row = own(slug)
    form, wrong = AttendanceForm(), None
    if form.validate_on_submit():
        try:
            if request.form.get("enter"):
                _let_in(meeting_id, form)
            else:
                changed = _record(meeting_id, form)
                flash(ngettext("%(num)s mark saved.", "%(num)s marks saved.", changed), "success")
            return redirect(url_for("desk.attendance", slug=slug, public_id=public_id, meeting_id=meeting_id))
        except DomainError as error:
            form.apply(error)
            wrong = error
    sheet = read_sheet(row, own_meeting(row, public_id, meeting_id))
    page = page_of(sheet, Typed(request.form, wrong) if form.errors else None)
    return show("desk/attendance.html", row, 422 if form.errors else 200, page=page, form=form)


def _let_in(meeting_id: str, form: AttendanceForm) -> None:
    """Mark whoever shows the code, and say who it is; the marks of the form wait."""
    with transaction():
        entered = check_in(current_actor(), meeting_id, form.code.data or "")
    if entered.already_at is not None:
        flash(_("%(name)s is already in, since %(time)s.", name=entered.name, time=format_time(entered.already_at)), "warning")
    elif entered.minutes_late:
        flash(_("%(name)s is in, %(minutes)s minutes late.", name=entered.name, minutes=entered.minutes_late), "success")
    else:
        flash(_("%(name)s is in.", name=entered.name), "success")


def _record(meeting_id: str, form: AttendanceForm) -> int:
    """Write the marks of the form; whoever is named in it is looked up once, by the service."""
    seen = request.form.get("seen", "")
    with transaction():
        return record_attendance(
            current_actor(),
            meeting_id,
            _marks_of(request.form),
            form.reason.data or "",
            rest_present=bool(request.form.get("rest")),
            seen_id=int(seen) if is_number(seen) else None,
        )


@blueprint.get("/<slug>/attivita/<public_id>/incontri/<meeting_id>/foglio")
def sheet(slug: str, public_id: str, meeting_id: str):
    """Show the sheet to print: names and room to sign."""
    row = own(slug)
    return show("desk/sheet.html", row, page=page_of(read_sheet(row, own_meeting(row, public_id, meeting_id))))


def _marks_of(typed: Mapping[str, str]) -> list[Mark]:
    """Return the marks that were made or taken back: what stands as the page showed it was touched by nobody."""
    marks = []
    for name, text in typed.items():
        where, _dash, public_id = name.partition("-")
        if where != "state" or text not in (*MARKS, NOT_RECORDED):
            continue
        state = None if text == NOT_RECORDED else AttendanceState(text)
        missed = _minutes(typed, f"minutes-{public_id}") if state in MISSED else 0
        shown = f"{text} {missed}" if state in MISSED else text
        settles = f"settle-{public_id}" in typed
        if settles or typed.get(f"was-{public_id}") != shown:
            marks.append(Mark(public_id, state, missed, settles))
    return marks


def _minutes(typed: Mapping[str, str], field: str) -> int:
    text = typed.get(field, "").strip()
    if not text:
        return 0
    if not (is_number(text) and len(text) < 5):
        raise RuleBroken(N_("Write the minutes missed as a number, like 15."), field=field)
    return int(text)


def is_number(text: str) -> bool:
    """Whether the text is a number as the database counts them."""
    return text.isascii() and text.isdigit() and len(text) < 18
