"""Who goes home with whom: noted at the door, child by child, in one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from flask import flash, redirect, request, url_for

from civic.activities.queries.participants import ExpectedRow
from civic.care.queries.departures import CAME, Gone
from civic.care.services.departing import Exit, check_can_note_exits, note_exits
from civic.care.types import WayHome
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, _, format_time, ngettext
from civic.web.desk.attendance_page import Sheet, read_sheet
from civic.web.desk.blueprint import blueprint, own, show
from civic.web.desk.meetings import own_meeting
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor
from civic.web.words import BANDS

WAYS = {
    WayHome.ALONE: N_("Alone"),
    WayHome.NAMED_ADULT: N_("An adult whom the family named"),
    WayHome.OTHER_ADULT: N_("Another adult"),
}
TAKEN_BACK = "none"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A child who came: who may collect them, how they went (`gone`, in words), and what was typed and not taken."""

    public_id: str
    name: str
    band: str
    alone: bool
    adults: tuple[str, ...]
    gone: str
    way: str
    by: str
    reason: str
    error: str

    @property
    def is_still_here(self) -> bool:
        """Whether nobody noted that they went; who may leave alone need not be noted."""
        return not self.gone and not self.alone


@blueprint.route("/<slug>/attivita/<public_id>/incontri/<meeting_id>/uscita", methods=["GET", "POST"])
def departures(slug: str, public_id: str, meeting_id: str):
    """Note who went home with whom; what is taken is kept, what is not stays as it was typed with its sentence."""
    row = own(slug)
    meeting = own_meeting(row, public_id, meeting_id)
    check_can_note_exits(current_actor(), row.id, meeting.activity_id)
    form, refused = SubmitForm(), {}
    if form.validate_on_submit():
        refused = _note(meeting_id)
        if not refused:
            return redirect(url_for("desk.departures", slug=slug, public_id=public_id, meeting_id=meeting_id))
    sheet = read_sheet(row, meeting)
    values = {"meeting": sheet.meeting, "people": _people(sheet, refused), "form": form}
    return show("desk/departures.html", row, 422 if refused else 200, **values)


def _note(meeting_id: str) -> dict[str, RuleBroken]:
    """Write what was chosen; return what speaks against it, by the public id of the signup."""
    now = clock.now()
    exits = [_exit(request.form, name.partition("-")[2], way) for name, way in request.form.items() if name.startswith("way-")]
    with transaction():
        answers = note_exits(current_actor(), meeting_id, [one for one in exits if one], now)
    signups = {one.event_id: one.signup_public_id for one in exits if one}
    refused = {signups[event]: why for event, why in answers.items() if why}
    taken = len(answers) - len(refused)
    if taken:
        flash(ngettext("%(num)s note saved.", "%(num)s notes saved.", taken), "success")
    return refused


def _exit(typed: Mapping[str, str], public_id: str, chosen: str) -> Exit | None:
    way, _colon, adult = chosen.partition(":")
    if way not in (*WAYS, TAKEN_BACK):
        return None
    kind = None if way == TAKEN_BACK else WayHome(way)
    by = typed.get(f"by-{public_id}", "").strip() if kind is WayHome.OTHER_ADULT else adult
    reason = "" if kind in (None, WayHome.NAMED_ADULT) else typed.get(f"reason-{public_id}", "").strip()
    return Exit(uuid4(), public_id, kind, by, reason, clock.now())


def _people(sheet: Sheet, refused: Mapping[str, RuleBroken]) -> tuple[Leaving, ...]:
    """Return the children who came, first those who are still to be collected."""
    people = [_leaving(sheet, row, refused.get(row.public_id)) for row in sheet.expected if _comes(sheet, row)]
    return tuple(sorted(people, key=lambda one: (not one.is_still_here, one.name)))


def _comes(sheet: Sheet, row: ExpectedRow) -> bool:
    marks = sheet.marks.get(row.id)
    return marks is not None and marks.is_child and row.state in CAME


def _leaving(sheet: Sheet, row: ExpectedRow, wrong: RuleBroken | None) -> Leaving:
    marks = sheet.marks[row.id]
    typed = request.form if wrong else {}
    return Leaving(
        public_id=row.public_id,
        name=sheet.name_of(row),
        band=_(BANDS[sheet.band_of(row)]),
        alone=bool(marks.leaves_alone),
        adults=marks.collected_by,
        gone=words_of_gone(sheet.gone_of(row)),
        way=typed.get(f"way-{row.public_id}", ""),
        by=typed.get(f"by-{row.public_id}", ""),
        reason=typed.get(f"reason-{row.public_id}", ""),
        error=_(wrong.message, **wrong.values) if wrong else "",
    )


def words_of_gone(gone: Gone | None) -> str:
    """Say how somebody went home and when; nothing of whom nobody noted it."""
    if gone is None or gone.way is None:
        return ""
    if gone.way is not WayHome.ALONE and not gone.collected_by:
        return _("Went with an adult at %(time)s", time=format_time(gone.at))
    if gone.way is WayHome.ALONE:
        return _("Went alone at %(time)s", time=format_time(gone.at))
    return _("Went with %(name)s at %(time)s", name=gone.collected_by, time=format_time(gone.at))
