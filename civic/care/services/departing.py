"""Noting at the door how a child goes home, perhaps on a device without network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from civic.activities.policy import Action, Target, check_can
from civic.activities.queries.participants import MeetingRow, get_meeting, list_expected
from civic.activities.services.marks import check_can_be_taken
from civic.activities.services.taps import check_in_time, clipped, expected_row
from civic.audit import services as audit
from civic.care import rules
from civic.care.models import Departure
from civic.care.queries.departures import list_collections
from civic.care.sealing import seal
from civic.care.types import Collection, WayHome
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
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


def note_exits(
    actor: Actor, occurrence_public_id: str, exits: Sequence[Exit], sent_at: datetime
) -> dict[UUID, RuleBroken | None]:
    """Write down how children went home and return for each what speaks against it, None where it is taken.

    One that was taken before is not written again. Alone goes who may leave alone, and who collects is one of the adults
    whom the family named; everything else needs a reason, because somebody will ask. The later note counts.
    """
    meeting = get_meeting(actor, occurrence_public_id, is_locked=True)
    check_can(actor, Action.RECORD_ATTENDANCE, Target(organisation_id=meeting.organisation_id))
    expected = {row.public_id: row for row in list_expected(actor, meeting)}
    collections = list_collections(row.id for row in expected.values())
    answers: dict[UUID, RuleBroken | None] = {}
    rows = []
    for one in exits:
        answers[one.event_id] = None
        try:
            row = expected_row(expected, one.signup_public_id)
            check_exit(one, meeting, row.birth_on, collections.get(row.id))
            rows.append(_columns(actor, meeting, row.id, one, sent_at))
        except RuleBroken as refusal:
            answers[one.event_id] = refusal
    if rows:
        writing().execute(insert(Departure).values(rows).on_conflict_do_nothing(index_elements=["event_id"]))
        audit.record(actor, "note_departures", "occurrence", meeting.id, notes=len(rows))
    return answers


def check_exit(one: Exit, meeting: MeetingRow, birth_on: date | None, collection: Collection | None) -> None:
    """Raise RuleBroken where the meeting cannot have been, or a reason or a name is missing."""
    check_can_be_taken(meeting)
    if len(one.collected_by) > LONGEST or len(one.reason) > LONGEST:
        raise RuleBroken(N_("At most 200 characters."), field="reason")
    is_child = rules.is_child_on(birth_on, clock.to_rome(meeting.starts_at).date())
    if one.way is WayHome.ALONE and is_child and not (collection and collection.leaves_alone) and not one.reason:
        raise RuleBroken(N_("No parent wrote that they may leave alone: write why they did."), field="reason")
    if one.way is WayHome.NAMED_ADULT and one.collected_by not in _names(collection):
        raise RuleBroken(N_("The family has not named this adult: choose another adult, and write why."), field="way")
    if one.way is WayHome.OTHER_ADULT and not (one.collected_by and one.reason):
        raise RuleBroken(N_("Write who collected them, and why it was not one of those whom the family named."), field="reason")


def _names(collection: Collection | None) -> tuple[str, ...]:
    return tuple(adult.name for adult in collection.adults) if collection else ()


def _columns(actor: Actor, meeting: MeetingRow, signup_id: int, one: Exit, sent_at: datetime) -> dict[str, Any]:
    at = clipped(meeting, one.at + (clock.now() - sent_at))
    check_in_time(meeting, at)
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
