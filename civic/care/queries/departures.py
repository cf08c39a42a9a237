"""Who has gone home from a meeting, and who is still to be collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from civic.activities.queries.participants import MeetingRow
from civic.activities.types import AttendanceState
from civic.care.sealing import read, read_collection
from civic.care.types import Collection, Marks, WayHome
from civic.kernel.db import session

_LAST = sa.text("""
SELECT DISTINCT ON (signup_id) signup_id, way, collected_by, reason, at FROM departure
 WHERE occurrence_id = :occurrence_id ORDER BY signup_id, at DESC, id DESC
""")
_OF_PERSON = sa.text("""
SELECT s.public_id AS signup, o.starts_at, d.way, d.collected_by, d.reason, d.at
  FROM departure d JOIN signup s ON s.id = d.signup_id JOIN occurrence o ON o.id = d.occurrence_id
 WHERE s.person_id = :person_id ORDER BY d.id
""")
_COLLECTIONS = sa.text("SELECT signup_id, leaves_alone, adults FROM collection_note WHERE signup_id = ANY(:ids)")
CAME = (AttendanceState.PRESENT, AttendanceState.LATE, AttendanceState.LEFT_EARLY)


@dataclass(frozen=True, slots=True)
class Gone:
    """How somebody went home, and when: `way` is None where the note was taken back."""

    way: WayHome | None
    collected_by: str
    reason: str
    at: datetime


def list_gone(meeting: MeetingRow) -> dict[int, Gone]:
    """Return the note that counts of each signup, by its id; whoever asks has checked that the actor sees the sheet."""
    rows = session().execute(_LAST, {"occurrence_id": meeting.id})
    return {
        row.signup_id: Gone(WayHome(row.way) if row.way else None, read(row.collected_by), read(row.reason), row.at)
        for row in rows
    }


def list_ways_home(person_id: int | None) -> list[dict[str, Any]]:
    """Return every note of how the person went home, readable; who asks has been judged by the caller."""
    return [
        {
            "signup": row.signup,
            "starts_at": row.starts_at.isoformat(),
            "way": row.way,
            "collected_by": read(row.collected_by),
            "reason": read(row.reason),
            "at": row.at.isoformat(),
        }
        for row in session().execute(_OF_PERSON, {"person_id": person_id})
    ]


def list_collections(signup_ids: Iterable[int]) -> dict[int, Collection]:
    """Return what families wrote of going home, by the id of the signup: to judge a note by, not to show it."""
    rows = session().execute(_COLLECTIONS, {"ids": list(signup_ids)})
    return {row.signup_id: read_collection(row.leaves_alone, row.adults) for row in rows}


def is_to_be_collected(state: AttendanceState | None, marks: Marks | None, gone: Gone | None) -> bool:
    """Whether a child came, may not leave alone, and nobody noted yet how they went home."""
    waits = marks is not None and marks.is_child and not marks.leaves_alone
    return waits and state in CAME and (gone is None or gone.way is None)
