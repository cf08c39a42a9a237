"""Noting at the door how a child goes home, perhaps on a device without network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from civic.activities.policy import Action, Target, can
from civic.activities.queries.conducting import conducts
from civic.activities.queries.participants import MeetingRow, get_meeting, list_expected
from civic.activities.services.marks import check_can_be_taken
from civic.activities.services.taps import clipped, expected_row, is_in_time
from civic.audit import services as audit
from civic.care import rules
from civic.care.models import Departure
from civic.care.queries.departures import list_collections
from civic.care.sealing import seal
from civic.care.types import Collection, WayHome
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotAllowed, RuleBroken
from civic.kernel.i18n import N_

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child went home, as it was noted: `way` None takes it back; `at` by the clock of the device."""

    event_id: UUID
    signup_public_id: str
    way: WayHome | None
    collected_by: str
    reason: str
    at: datetime


def can_note_exits(actor: Actor, organisation_id: int, activity_id: int) -> bool:
    """Whether the actor sees children home: who writes for the organisation, and who conducts the activity."""
    target = Target(organisation_id=organisation_id)
    return can(actor, Action.EDIT_ACTIVITY, target) or (
        can(actor, Action.RECORD_ATTENDANCE, target) and conducts(actor, activity_id)
    )


def check_can_note_exits(actor: Actor, organisation_id: int, activity_id: int) -> None:
    """Raise NotAllowed unless the actor sees children home."""
    if not can_note_exits(actor, organisation_id, activity_id):
        raise NotAllowed(N_("You are not allowed to do this."))


def note_exits(
    actor: Actor, occurrence_public_id: str, exits: Sequence[Exit], sent_at: datetime, *, asks_reason: bool = True
) -> dict[UUID, RuleBroken | None]:
    """Write down how children went home; return for each what is to be said of it, None where there is nothing.

    Alone goes who may leave alone, and who collects is one of the adults whom the family named; everything else needs a
    reason, because somebody will ask. Without it a note is refused where it is made (`asks_reason`); what happened at a door
    before it was sent is a fact: it is written, and whoever noted it is told to ring the family. One that was taken before
    is not written again. The later note counts.
    """
    meeting = get_meeting(actor, occurrence_public_id, is_locked=True)
    check_can_note_exits(actor, meeting.organisation_id, meeting.activity_id)
    expected = {row.public_id: row for row in list_expected(actor, meeting)}
    collections = list_collections(row.id for row in expected.values())
    answers: dict[UUID, RuleBroken | None] = {}
    rows = []
    for one in exits:
        try:
            row = expected_row(expected, one.signup_public_id)
            check_exit(one, meeting)
            answers[one.event_id] = lacking = find_lack(one, meeting, row.birth_on, collections.get(row.id))
            if not (lacking and asks_reason):
                rows.append(_columns(actor, meeting, row.id, _as_judged(one, lacking), sent_at))
                answers[one.event_id] = _to_check(one) if lacking else None
        except RuleBroken as refusal:
            answers[one.event_id] = refusal
    if rows:
        writing().execute(insert(Departure).values(rows).on_conflict_do_nothing(index_elements=["event_id"]))
        audit.record(actor, "note_departures", "occurrence", meeting.id, notes=len(rows))
    return answers


def check_exit(one: Exit, meeting: MeetingRow) -> None:
    """Raise RuleBroken where nobody can have gone home from the meeting, or too much was written."""
    check_can_be_taken(meeting)
    if len(one.collected_by) > LONGEST or len(one.reason) > LONGEST:
        raise RuleBroken(N_("At most 200 characters."), field="reason")


def find_lack(one: Exit, meeting: MeetingRow, birth_on: date | None, collection: Collection | None) -> RuleBroken | None:
    """Return what is missing where the family did not write that a child goes home like this, None where nothing is."""
    is_child = rules.is_child_on(birth_on, clock.to_rome(meeting.starts_at).date())
    if one.way is WayHome.ALONE and is_child and not (collection and collection.leaves_alone) and not one.reason:
        return RuleBroken(N_("No parent wrote that they may leave alone: write why they did."), field="reason")
    if one.way is WayHome.NAMED_ADULT and one.collected_by not in _names(collection):
        return RuleBroken(N_("The family has not named this adult: choose another adult, and write why."), field="way")
    if one.way is WayHome.OTHER_ADULT and not (one.collected_by and one.reason):
        return RuleBroken(N_("Write who collected them, and why it was not one of those whom the family named."), field="reason")
    return None


def _as_judged(one: Exit, lacking: RuleBroken | None) -> Exit:
    """Whom the family does not name (any more) is another adult."""
    return replace(one, way=WayHome.OTHER_ADULT) if lacking and one.way is WayHome.NAMED_ADULT else one


def _to_check(one: Exit) -> RuleBroken:
    if one.way is WayHome.ALONE:
        return RuleBroken(N_("Written down. No parent wrote that they may leave alone: ring the family now."))
    return RuleBroken(N_("Written down. The family has not named this adult: ring the family now."))


def _names(collection: Collection | None) -> tuple[str, ...]:
    return tuple(adult.name for adult in collection.adults) if collection else ()


def _columns(actor: Actor, meeting: MeetingRow, signup_id: int, one: Exit, sent_at: datetime) -> dict[str, Any]:
    at = clipped(meeting, one.at + (clock.now() - sent_at))
    if not is_in_time(meeting, at):
        raise RuleBroken(N_("This was noted more than 12 hours after the end: note it on the page “Who goes home”."))
    return {
        "event_id": one.event_id,
        "occurrence_id": meeting.id,
        "signup_id": signup_id,
        "way": one.way,
        "collected_by": seal(one.collected_by),
        "reason": seal(one.reason),
        "at": at,
        "received_at": clock.now(),
        "recorded_by_id": actor.person_id,
    }
