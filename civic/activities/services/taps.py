"""Marks that devices made, perhaps without network: each is taken once, or refused in words, and none is lost in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from civic.activities.policy import Action, Target, check_can
from civic.activities.queries.attendance_events import list_known, list_last
from civic.activities.queries.participants import ExpectedRow, MeetingRow, get_meeting, list_expected
from civic.activities.services import marks as writing_down
from civic.activities.services.marks import Noted
from civic.activities.types import AttendanceState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import NotAllowed, RuleBroken
from civic.kernel.i18n import N_
from civic.safeguarding.queries import last_outcome
from civic.safeguarding.types import Outcome

SHEET_FROM = timedelta(hours=48)
"""So long before a meeting a sheet can be taken along: names do not lie on phones for weeks."""
SHEET_KEPT = timedelta(hours=12)
"""So long after a meeting a sheet stays on a device, and marks can be made on it."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A mark as a device made it: `at` by its clock, `seen_id` the last event it knew of."""

    event_id: UUID
    signup_public_id: str
    state: AttendanceState | None
    minutes_missed: int
    at: datetime
    seen_id: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What a device sends at once: `sent_at` by its clock, so that one that goes wrong is set right."""

    device: UUID
    sent_at: datetime
    taps: Sequence[Tap]


def is_carried(meeting: MeetingRow) -> bool:
    """Whether there is a sheet to take along now."""
    return meeting.starts_at - SHEET_FROM <= clock.now() <= meeting.ends_at + SHEET_KEPT


def check_is_carried(meeting: MeetingRow) -> None:
    """Raise RuleBroken where it is too early or too late to take the sheet along."""
    if is_carried(meeting):
        return
    if clock.now() < meeting.starts_at:
        raise RuleBroken(N_("The sheet can be taken along from two days before the meeting on."))
    raise RuleBroken(N_("The meeting was more than 12 hours ago: mark who was there on the page of the attendance."))


def check_may_carry(actor: Actor, meeting: MeetingRow) -> None:
    """Raise NotAllowed for who does not work there, and for whoever something was declared against: no names on that phone."""
    check_can(actor, Action.RECORD_ATTENDANCE, Target(organisation_id=meeting.organisation_id))
    if last_outcome(meeting.organisation_id, actor.person_id) is Outcome.NOT_CLEAR:
        raise NotAllowed(N_("With what the organisation declared of your certificate you cannot take a sheet along."))


def take_taps(actor: Actor, occurrence_public_id: str, batch: Batch) -> dict[UUID, RuleBroken | None]:
    """Write the marks down and return for each what speaks against it, None where it is taken.

    One that was taken before is taken: it is not written again. Of two of one person the later counts, whichever came first.
    """
    meeting = get_meeting(actor, occurrence_public_id, is_locked=True)
    check_can(actor, Action.RECORD_ATTENDANCE, Target(organisation_id=meeting.organisation_id))
    expected = {row.public_id: row for row in list_expected(actor, meeting)}
    known = list_known(tap.event_id for tap in batch.taps)
    last = dict(list_last(meeting, [row.id for row in expected.values()]))
    answers: dict[UUID, RuleBroken | None] = {}
    made = []
    for tap in sorted(batch.taps, key=lambda one: one.at):
        if tap.event_id in answers:
            continue
        answers[tap.event_id] = None
        if tap.event_id in known:
            continue
        try:
            made.append(_noted(meeting, expected, last, tap, clipped(meeting, tap.at + (clock.now() - batch.sent_at))))
        except RuleBroken as refusal:
            answers[tap.event_id] = refusal
    writing_down.write(actor, meeting, _only_last_counts(made), batch.device)
    return answers


def clipped(meeting: MeetingRow, at: datetime) -> datetime:
    """Return the moment, set between the opening of the sheet and now: no clock brings a mark from the future."""
    return max(meeting.starts_at - writing_down.OPENS_BEFORE, min(at, clock.now()))


def is_in_time(meeting: MeetingRow, at: datetime) -> bool:
    """Whether the sheet could still be on the device at this moment."""
    return at <= meeting.ends_at + SHEET_KEPT


def expected_row(expected: Mapping[str, ExpectedRow], signup_public_id: str) -> ExpectedRow:
    """Return the row of this signup; RuleBroken where it has no place at the meeting any more."""
    if signup_public_id not in expected:
        raise RuleBroken(N_("This person is not expected at this meeting any more."))
    return expected[signup_public_id]


def _noted(
    meeting: MeetingRow, expected: Mapping[str, ExpectedRow], last: dict[int, datetime], tap: Tap, at: datetime
) -> Noted:
    writing_down.check_can_be_taken(meeting)
    if not is_in_time(meeting, at):
        raise RuleBroken(N_("This was marked more than 12 hours after the end: mark it on the page of the attendance."))
    row = expected_row(expected, tap.signup_public_id)
    counts = at >= last.get(row.id, at)
    minutes = writing_down.minutes_of(meeting, tap.state, tap.minutes_missed)
    one = Noted(tap.event_id, row, tap.state, minutes, at, tap.seen_id, counts)
    if one.corrects and writing_down.is_late_to_correct(meeting):
        raise RuleBroken(writing_down.NEEDS_REASON)
    if counts:
        last[row.id] = at
    return one


def _only_last_counts(made: Sequence[Noted]) -> list[Noted]:
    """Of several marks of one person (in the order in which they were made) the last one that counts does."""
    last = {one.row.id: one.event_id for one in made if one.counts}
    return [replace(one, counts=last.get(one.row.id) == one.event_id) for one in made]
