"""Who has something else at the time to which a meeting moves, and had nothing at the time it moves from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from civic.activities.types import ActivityKind
from civic.kernel.db import session

_BUSY = sa.text("""
SELECT s.id AS signup_id, x.kind, w.given_name, w.family_name, w.birth_on
  FROM occurrence m
  JOIN opening x ON x.activity_id = m.activity_id AND (x.occurrence_id IS NULL OR x.occurrence_id = m.id)
  JOIN signup s ON s.opening_id = x.id AND s.state IN ('pending_guardian', 'confirmed', 'offered')
  JOIN person w ON w.id = s.person_id
 WHERE m.id = :occurrence_id
   AND EXISTS (
       SELECT FROM signup c
         JOIN opening cx ON cx.id = c.opening_id
         JOIN occurrence o ON o.activity_id = c.activity_id AND o.state = 'scheduled'
                          AND (cx.occurrence_id IS NULL OR cx.occurrence_id = o.id)
        WHERE c.person_id = s.person_id AND c.id <> s.id AND o.id <> m.id
          AND c.state IN ('unconfirmed', 'requested', 'pending_guardian', 'confirmed', 'offered')
          AND o.starts_at < :new_end AND :new_start < o.ends_at
          AND NOT (o.starts_at < :old_end AND :old_start < o.ends_at))
 ORDER BY w.given_name, w.family_name, s.id
""")


@dataclass(frozen=True, slots=True)
class BusyRow:
    """Somebody whose sign-up clashes once the meeting has moved."""

    signup_id: int
    kind: ActivityKind
    given_name: str
    family_name: str
    birth_on: date | None


def list_newly_busy(
    occurrence_id: int, old: tuple[datetime, datetime], new: tuple[datetime, datetime]
) -> tuple[BusyRow, ...]:
    """Return whoever holds a place at the meeting and is busy at `new` (start, end) but was not at `old`, by name."""
    values = {"occurrence_id": occurrence_id, "old_start": old[0], "old_end": old[1], "new_start": new[0], "new_end": new[1]}
    rows = session().execute(_BUSY, values)
    return tuple(BusyRow(row.signup_id, ActivityKind(row.kind), *row[2:]) for row in rows)
