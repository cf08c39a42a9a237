"""What who conducts reads in full, and what nights deleted of an activity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from civic.activities.models import Signup
from civic.care.models import ErasureCount, HealthQuestion
from civic.care.models import HealthNote as HealthNoteRow
from civic.care.queries.marks import READS, SPAN, reading_values
from civic.care.sealing import read_collection, read_health
from civic.care.types import Collection, HealthNote
from civic.kernel.actor import Actor
from civic.kernel.db import session

_NOTES = sa.text(f"""
SELECT s.id, w.given_name, w.family_name, w.birth_on, n.allergies, n.medication, n.support, c.leaves_alone, c.adults
  FROM activity a
  JOIN signup s ON s.activity_id = a.id
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 {SPAN}
 {READS}
  LEFT JOIN health_note n ON n.signup_id = s.id
  LEFT JOIN collection_note c ON c.signup_id = s.id
 WHERE a.id = :activity_id AND v.reads AND (n.signup_id IS NOT NULL OR c.signup_id IS NOT NULL)
 ORDER BY w.family_name, w.given_name, s.id LIMIT 1000
""")


@dataclass(frozen=True, slots=True)
class Note:
    """What was entrusted of somebody who comes, for who conducts; None where nothing was written."""

    signup_id: int
    given_name: str
    family_name: str
    birth_on: date | None
    health: HealthNote | None
    collection: Collection | None


def list_notes(actor: Actor, activity_id: int) -> list[Note]:
    """Return what the actor may read now of who comes to the activity; whoever shows it notes it as a viewing."""
    rows = session().execute(_NOTES, reading_values(actor) | {"activity_id": activity_id})
    return [Note(*row[:4], read_health(*row[4:7]), read_collection(*row[7:])) for row in rows]


def list_needs(activity_id: int) -> tuple[str, ...]:
    """Return why the activity asks of health; nothing where it does not ask."""
    return tuple(session().scalar(sa.select(HealthQuestion.needs).where(HealthQuestion.activity_id == activity_id)) or ())


def count_health(activity_id: int) -> int:
    """Return how many health notes families have written for the activity."""
    notes = sa.select(sa.func.count()).select_from(HealthNoteRow).join(Signup, Signup.id == HealthNoteRow.signup_id)
    return session().scalar(notes.where(Signup.activity_id == activity_id))


def list_erased(activity_id: int) -> Sequence[Any]:
    """Return how many of which record were deleted of the activity (record, count, and on which day the last)."""
    one = ErasureCount
    figures = (one.record, sa.func.sum(one.count).label("count"), sa.func.max(one.erased_on).label("last_on"))
    return session().execute(
        sa.select(*figures).where(one.activity_id == activity_id).group_by(one.record).order_by(one.record)
    ).all()
