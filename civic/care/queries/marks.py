"""What an attendance sheet marks of each signup: one statement however many there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from civic.accounts.rules import is_minor_on
from civic.activities.queries.conducting import CONDUCTS
from civic.care import rules
from civic.care.sealing import read_collection, read_release
from civic.care.types import Marks
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session

# Of the signup `s` in the activity `a`, perhaps for the meeting `o`: who conducts reads, within the window, of who has a place.
# What has no meeting left ended when it last changed.
SPAN = """CROSS JOIN LATERAL (SELECT coalesce(o.starts_at, a.starts_at, a.updated_at) AS starts_at,
                                  coalesce(o.ends_at, a.ends_at, a.updated_at) AS ends_at) t"""
READS = f"""CROSS JOIN LATERAL (SELECT s.state = 'confirmed' AND :now >= t.starts_at - CAST(:before AS interval)
                                   AND :now <= t.ends_at + CAST(:after AS interval) AND {CONDUCTS} AS reads) v"""
_MARKS = sa.text(f"""
SELECT s.id, s.person_id, w.birth_on, x.kind, t.starts_at, v.reads, n.signup_id IS NOT NULL AS has_note,
       n.allergies IS NOT NULL AS allergy, c.leaves_alone, c.adults, r.channels, r.until, k.given_by_id
  FROM signup s
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 {SPAN}
 {READS}
  LEFT JOIN health_note n ON v.reads AND n.signup_id = s.id
  LEFT JOIN collection_note c ON v.reads AND c.signup_id = s.id
  LEFT JOIN image_release r ON r.signup_id = s.id
  LEFT JOIN care_consent k ON k.id = r.consent_id
 WHERE s.id = ANY(:ids)
""")


def reading_values(actor: Actor) -> dict:
    """Return the values that say who reads, when, and within which window."""
    return {"person_id": actor.person_id, "now": clock.now(), "before": rules.READ_BEFORE, "after": rules.READ_AFTER}


def marks_of(actor: Actor, signup_ids: Iterable[int]) -> dict[int, Marks]:
    """Return what the actor's sheet marks of each of these signups, by their ids.

    Whether images may be shown is for everybody who sees the sheet; that there is a health note, and how a child goes
    home, is for who conducts, from 48 hours before to 24 hours after. Whoever shows these notes it as a viewing.
    """
    values = reading_values(actor) | {"ids": list(signup_ids)}
    today = clock.today()
    return {row.id: _marks(row, today) for row in session().execute(_MARKS, values)}


def _marks(row, today: date) -> Marks:
    first_day = clock.to_rome(row.starts_at).date()
    is_by_other = row.given_by_id is not None and row.given_by_id != row.person_id
    release = read_release(row.channels, row.until)
    collection = read_collection(row.leaves_alone, row.adults)
    return Marks(
        reads=row.reads,
        asks_photos=rules.asks_images(row.kind, row.birth_on, first_day),
        photos=rules.counting(release, is_by_other, is_minor_on(row.birth_on, today), today),
        has_note=row.has_note,
        allergy=row.allergy,
        is_child=rules.is_child_on(row.birth_on, first_day),
        leaves_alone=collection.leaves_alone if collection else None,
        collected_by=tuple(one.name for one in collection.adults) if collection else (),
    )
