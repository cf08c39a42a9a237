"""Who was there: one form for everybody, one request; and the sheet to print and sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import flash, redirect, request, url_for

from civic.activities.queries.conducting import conducts
from civic.activities.queries.participants import ExpectedRow, MeetingRow, list_expected, record_seen
from civic.activities.services.attending import Mark, check_in, record_attendance
from civic.activities.services.marks import CORRECTED_FREELY, OPENS_BEFORE
from civic.activities.types import AttendanceState
from civic.care.queries.marks import marks_of
from civic.care.services.viewing import note_marks_seen
from civic.care.types import Marks
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, RuleBroken
from civic.kernel.i18n import N_, _, format_time, ngettext
from civic.organisations.queries import OrganisationRow
from civic.web.care_tags import Tag, tags_of
from civic.web.desk.activity_forms import AttendanceForm
from civic.web.desk.blueprint import blueprint, can_edit, own, show
from civic.web.desk.meetings import own_meeting
from civic.web.signing_in import current_actor
from civic.web.words import BANDS, band_of, short_name

MARKS = {
    AttendanceState.PRESENT: N_("Present"),
    AttendanceState.LATE: N_("Late"),
    AttendanceState.LEFT_EARLY: N_("Left early"),
    AttendanceState.EXCUSED: N_("Excused"),
    AttendanceState.ABSENT: N_("Absent"),
}
_NAMES_STAY = timedelta(hours=48)
_NOT_RECORDED = "none"
_MISSED = (AttendanceState.LATE, AttendanceState.LEFT_EARLY)


@dataclass(frozen=True, slots=True)
class PersonMark:
    """Somebody expected, and how they are marked (or were about to be); what was recorded can be taken back.

    `tags` are what to mind: a health note, how they go home, images.
    """

    public_id: str
    name: str
    band: str
    role: str
    state: str
    missed: str
    marks: tuple[tuple[str, str], ...]
    error: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class AttendancePage:
    """A meeting and who is expected; codes are taken (`takes_codes`) as long as somebody may still come in."""

    meeting: MeetingRow
    people: tuple[PersonMark, ...]
    is_open: bool
    takes_codes: bool
    asks_reason: bool
    marked: int


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was sent and not taken, and what was wrong with it."""

    fields: Mapping[str, str]
    wrong: DomainError | None

    def error_at(self, field: str) -> str:
        """Return the sentence to show beside `field`, or nothing."""
        return _(self.wrong.message, **self.wrong.values) if self.wrong and self.wrong.field == field else ""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Who is expected at a meeting, what the actor may know of them, and what was typed and not taken."""

    meeting: MeetingRow
    expected: Sequence[ExpectedRow]
    marks: Mapping[int, Marks]
    knows_names: bool
    typed: _Typed | None = None


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
    meeting = own_meeting(row, public_id, meeting_id)
    found = _read_sheet(row, meeting, _Typed(request.form, wrong) if form.errors else None)
    return show("desk/attendance.html", row, 422 if form.errors else 200, page=_page(found), form=form)


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
    with transaction():
        return record_attendance(
            current_actor(),
            meeting_id,
            _marks_of(request.form),
            form.reason.data or "",
            rest_present=bool(request.form.get("rest")),
        )


@blueprint.get("/<slug>/attivita/<public_id>/incontri/<meeting_id>/foglio")
def sheet(slug: str, public_id: str, meeting_id: str):
    """Show the sheet to print: names and room to sign."""
    row = own(slug)
    return show("desk/sheet.html", row, page=_page(_read_sheet(row, own_meeting(row, public_id, meeting_id))))


def _read_sheet(row: OrganisationRow, meeting: MeetingRow, typed: _Typed | None = None) -> _Sheet:
    """Read who is expected, and note what the actor is shown of them."""
    actor = current_actor()
    expected = list_expected(actor, meeting)
    marks = marks_of(actor, [one.id for one in expected])
    if expected:
        with transaction():
            record_seen(actor, meeting.activity_id, len(expected), "attendance")
            note_marks_seen(actor, marks)
    return _Sheet(meeting, expected, marks, _knows_names(row, meeting), typed)


def _knows_names(row: OrganisationRow, meeting: MeetingRow) -> bool:
    """Who writes for the organisation knows who comes; who conducts needs family names from the day of the meeting on."""
    if can_edit(current_actor(), row):
        return True
    begins = clock.rome_midnight(clock.to_rome(meeting.starts_at).date())
    return begins <= clock.now() <= meeting.ends_at + _NAMES_STAY and conducts(current_actor(), meeting.activity_id)


def _page(sheet: _Sheet) -> AttendancePage:
    meeting = sheet.meeting
    return AttendancePage(
        meeting=meeting,
        people=tuple(_person(one, sheet) for one in sheet.expected),
        is_open=clock.now() >= meeting.starts_at - OPENS_BEFORE,
        takes_codes=meeting.starts_at - OPENS_BEFORE <= clock.now() < meeting.ends_at,
        asks_reason=clock.now() > meeting.ends_at + CORRECTED_FREELY,
        marked=sum(1 for one in sheet.expected if one.state),
    )


def _person(row: ExpectedRow, sheet: _Sheet) -> PersonMark:
    length = int((sheet.meeting.ends_at - sheet.meeting.starts_at).total_seconds() // 60)
    state = row.state.value if row.state else ""
    missed = str(length - row.minutes) if row.state in _MISSED and row.minutes is not None else ""
    typed = sheet.typed
    if typed is not None:
        state = typed.fields.get(f"state-{row.public_id}", "")
        missed = typed.fields.get(f"minutes-{row.public_id}", "")
    band = band_of(row.birth_on, clock.to_rome(sheet.meeting.starts_at).date())
    full = f"{row.given_name} {row.family_name}".strip()
    name = full if sheet.knows_names else short_name(row.given_name, row.family_name, band)
    marks = [(one.value, _(label)) for one, label in MARKS.items()]
    if row.state is not None:
        marks.append((_NOT_RECORDED, _("Not recorded")))
    return PersonMark(
        public_id=row.public_id,
        name=name or _("Somebody"),
        band=_(BANDS[band]),
        role=row.role,
        state=state,
        missed=missed,
        marks=tuple(marks),
        error=typed.error_at(f"minutes-{row.public_id}") if typed else "",
        tags=tags_of(sheet.marks.get(row.id)),
    )


def _marks_of(typed: Mapping[str, str]) -> list[Mark]:
    """Return the marks that were made or taken back."""
    marks = []
    for name, text in typed.items():
        where, _dash, public_id = name.partition("-")
        if where != "state" or text not in (*MARKS, _NOT_RECORDED):
            continue
        state = None if text == _NOT_RECORDED else AttendanceState(text)
        missed = _minutes(typed, f"minutes-{public_id}") if state in _MISSED else 0
        marks.append(Mark(public_id, state, missed))
    return marks


def _minutes(typed: Mapping[str, str], field: str) -> int:
    text = typed.get(field, "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise RuleBroken(N_("Write the minutes missed as a number, like 15."), field=field)
    return int(text)
