"""What messages about the places of a class are made from: the class as it stands, the activity, who hears of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.kernel.db import session

# Of the block `b`: who asked and teaches there still; else who writes for the school.
TEACHERS = """
SELECT m.person_id AS recipient_id FROM membership m
 WHERE m.organisation_id = b.organisation_id AND m.ended_at IS NULL
   AND (m.person_id = b.teacher_id
        OR (m.role IN ('owner', 'coordinator') AND NOT EXISTS (
              SELECT FROM membership t
               WHERE t.organisation_id = b.organisation_id AND t.person_id = b.teacher_id AND t.ended_at IS NULL)))
"""
_CLASSES = sa.text(f"""
SELECT b.id, b.public_id, b.label, b.size, b.granted, b.unnamed, b.names_until, b.ended_as,
       k.slug AS school_slug, a.title, g.name AS organisation_name, coalesce(a.cancelled_reason, '') AS cancelled_reason,
       coalesce(o.starts_at, a.starts_at) AS starts_at, concat_ws(', ', p.name, nullif(p.address, '')) AS place,
       ARRAY({TEACHERS}) AS teachers
  FROM block b
  JOIN opening x ON x.id = b.opening_id
  JOIN activity a ON a.id = b.activity_id
  JOIN organisation g ON g.id = a.organisation_id
  JOIN organisation k ON k.id = b.organisation_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
  LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
 WHERE b.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """The places of a class as they stand; `teachers` are those who are written to about them."""

    id: int
    public_id: str
    label: str
    size: int
    granted: int
    unnamed: int
    names_until: datetime
    ended_as: str | None
    school_slug: str
    title: str
    organisation_name: str
    cancelled_reason: str
    starts_at: datetime
    place: str
    teachers: Sequence[int] = ()


def about_classes(block_ids: Iterable[int]) -> dict[int, ClassFacts]:
    """Return the facts of messages about these blocks, by block; nothing is read for none."""
    ids = sorted(block_ids)
    rows = session().execute(_CLASSES, {"ids": ids}) if ids else ()
    return {row.id: ClassFacts(**row._mapping) for row in rows}
