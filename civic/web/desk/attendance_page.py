"""What the attendance page, the printed sheet and the sheet on a phone show of a meeting and of who is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from civic.activities.queries.attendance_events import Conflict, EventRow, Told, read_told
from civic.activities.queries.conducting import conducts
from civic.activities.queries.participants import ExpectedRow, MeetingRow, list_expected, record_seen
from civic.activities.services.marks import CORRECTED_FREELY, OPENS_BEFORE
from civic.activities.services.taps import is_carried
from civic.activities.types import AttendanceState
from civic.care.queries.departures import Gone, is_to_be_collected, list_gone
from civic.care.queries.marks import marks_of
from civic.care.services.departing import can_note_exits
from civic.care.services.viewing import note_marks_seen
from civic.care.types import Marks
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _, format_time
from civic.organisations.queries import OrganisationRow
from civic.web.care_tags import Tag, tags_of
from civic.web.desk.blueprint import can_edit
from civic.web.signing_in import current_actor
from civic.web.words import BANDS, band_of, short_name

MARKS = {
    AttendanceState.PRESENT: N_("Present"),
    AttendanceState.LATE: N_("Late"),
    AttendanceState.LEFT_EARLY: N_("Left early"),
    AttendanceState.EXCUSED: N_("Excused"),
    AttendanceState.ABSENT: N_("Absent"),
}
MISSED = (AttendanceState.LATE, AttendanceState.LEFT_EARLY)
NOT_RECORDED = "none"
_NAMES_STAY = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class PersonMark:
    """Somebody expected, and how they are marked (or were about to be); what was recorded can be taken back.

    `was` is what the page shows as marked, so that what nobody changed on it is not sent again. `tags` are what to mind: a
    health note, how they go home, images. `conflict` says that two marked differently.
    """

    public_id: str
    name: str
    band: str
    role: str
    state: str
    missed: str
    was: str
    marks: tuple[tuple[str, str], ...]
    error: str
    tags: tuple[Tag, ...]
    conflict: str
    is_to_be_collected: bool


@dataclass(frozen=True, slots=True)
class AttendancePage:
    """A meeting and who is expected; codes are taken (`takes_codes`) as long as somebody may still come in.

    `seen_id` is the last event the page knows of; `goes_home` is whether the actor notes how children go,
    `is_carried` whether they may take the sheet along now.
    """

    meeting: MeetingRow
    people: tuple[PersonMark, ...]
    is_open: bool
    takes_codes: bool
    asks_reason: bool
    marked: int
    seen_id: int
    goes_home: bool
    to_be_collected: int
    is_carried: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent and not taken, and what was wrong with it."""

    fields: Mapping[str, str]
    wrong: DomainError | None

    def error_at(self, field: str) -> str:
        """Return the sentence to show beside `field`, or nothing."""
        return _(self.wrong.message, **self.wrong.values) if self.wrong and self.wrong.field == field else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who is expected at a meeting, what the actor may know of them, what was marked, and who has gone home."""

    meeting: MeetingRow
    expected: Sequence[ExpectedRow]
    marks: Mapping[int, Marks]
    told: Told
    gone: Mapping[int, Gone]
    knows_names: bool
    notes_exits: bool

    def name_of(self, row: ExpectedRow) -> str:
        """Return the name as the actor may read it."""
        full = f"{row.given_name} {row.family_name}".strip()
        return (full if self.knows_names else short_name(row.given_name, row.family_name, self.band_of(row))) or _("Somebody")

    def band_of(self, row: ExpectedRow) -> str:
        """Return the age band on the day of the meeting."""
        return band_of(row.birth_on, clock.to_rome(self.meeting.starts_at).date())

    def gone_of(self, row: ExpectedRow) -> Gone | None:
        """Return how somebody went home; with whom, for who may read names."""
        return named_gone(self.gone.get(row.id), knows_names=self.knows_names)

    def waits(self, row: ExpectedRow) -> bool:
        """Whether somebody is still to be collected."""
        return is_to_be_collected(row.state, self.marks.get(row.id), self.gone.get(row.id))


def named_gone(gone: Gone | None, *, knows_names: bool) -> Gone | None:
    """Return how somebody went home, without the name of the adult for who may not read names."""
    return gone if gone is None or knows_names else replace(gone, collected_by="", reason="")


def missed_by(row: ExpectedRow, meeting: MeetingRow) -> int | None:
    """Return how many minutes somebody who came late or left early missed, None of everybody else."""
    length = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    return length - row.minutes if row.state in MISSED and row.minutes is not None else None


def read_sheet(row: OrganisationRow, meeting: MeetingRow) -> Sheet:
    """Read who is expected, and note what the actor is shown of them."""
    actor = current_actor()
    sheet = look_at(row, meeting)
    if sheet.expected:
        with transaction():
            record_seen(actor, meeting.activity_id, len(sheet.expected), "attendance")
            note_marks_seen(actor, sheet.marks)
    return sheet


def look_at(row: OrganisationRow, meeting: MeetingRow) -> Sheet:
    """Read who is expected; whoever shows names to somebody uses `read_sheet`."""
    actor = current_actor()
    expected = list_expected(actor, meeting)
    marks = marks_of(actor, [one.id for one in expected])
    told, gone = read_told(meeting), list_gone(meeting)
    return Sheet(
        meeting, expected, marks, told, gone, knows_names(row, meeting), can_note_exits(actor, row.id, meeting.activity_id)
    )


def knows_names(row: OrganisationRow, meeting: MeetingRow) -> bool:
    """Who writes for the organisation knows who comes; who conducts needs family names from the day of the meeting on."""
    if can_edit(current_actor(), row):
        return True
    begins = clock.rome_midnight(clock.to_rome(meeting.starts_at).date())
    return begins <= clock.now() <= meeting.ends_at + _NAMES_STAY and conducts(current_actor(), meeting.activity_id)


def page_of(sheet: Sheet, typed: Typed | None = None) -> AttendancePage:
    """Return the page of a meeting; with `typed` it shows what was sent and not taken."""
    meeting = sheet.meeting
    waiting = sum(1 for one in sheet.expected if sheet.waits(one))
    return AttendancePage(
        meeting=meeting,
        people=tuple(_person(one, sheet, typed) for one in sheet.expected),
        is_open=clock.now() >= meeting.starts_at - OPENS_BEFORE,
        takes_codes=meeting.starts_at - OPENS_BEFORE <= clock.now() < meeting.ends_at,
        asks_reason=clock.now() > meeting.ends_at + CORRECTED_FREELY,
        marked=sum(1 for one in sheet.expected if one.state),
        seen_id=sheet.told.last_id,
        goes_home=sheet.notes_exits and any(one.is_child for one in sheet.marks.values()),
        to_be_collected=waiting,
        is_carried=is_carried(meeting),
    )


def _person(row: ExpectedRow, sheet: Sheet, typed: Typed | None) -> PersonMark:
    missed = missed_by(row, sheet.meeting)
    state, minutes = row.state.value if row.state else "", str(missed) if missed is not None else ""
    was = f"{state} {minutes}".strip()
    if typed is not None:
        state = typed.fields.get(f"state-{row.public_id}", "")
        minutes = typed.fields.get(f"minutes-{row.public_id}", "")
        was = typed.fields.get(f"was-{row.public_id}", was)
    marks = [(one.value, _(label)) for one, label in MARKS.items()]
    if row.state is not None:
        marks.append((NOT_RECORDED, _("Not recorded")))
    return PersonMark(
        public_id=row.public_id,
        name=sheet.name_of(row),
        band=_(BANDS[sheet.band_of(row)]),
        role=row.role,
        state=state,
        missed=minutes,
        was=was,
        marks=tuple(marks),
        error=typed.error_at(f"minutes-{row.public_id}") if typed else "",
        tags=tags_of(sheet.marks.get(row.id)),
        conflict=words_of_conflict(sheet.told.conflicts.get(row.id)),
        is_to_be_collected=sheet.waits(row),
    )


def words_of_conflict(conflict: Conflict | None) -> str:
    """Say that two marked differently, and which mark counts; nothing where they did not."""
    if conflict is None:
        return ""
    return _(
        "Two marks differ: %(earlier)s, then %(later)s, which counts.",
        earlier=_words_of_mark(conflict.earlier),
        later=_words_of_mark(conflict.counts),
    )


def _words_of_mark(event: EventRow) -> str:
    label = _(MARKS[event.state]) if event.state else _("Not recorded")
    return _("“%(mark)s” by %(name)s at %(time)s", mark=label, name=event.given_name or _("somebody"), time=format_time(event.at))
