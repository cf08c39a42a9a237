"""Who would fit a role on a shift."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from civic.activities.models import Opening
from civic.activities.types import OpeningFacts
from civic.kernel.db import session
from civic.volunteering.rules import LATELY, born_between

# Shifts `d` of the organisation of `a` that have begun, in which somebody had the place `s`.
_HELPED = """
         FROM signup s
         JOIN activity v ON v.id = s.activity_id AND v.organisation_id = a.organisation_id
         JOIN opening r ON r.id = s.opening_id AND r.kind = 'volunteering'
         JOIN occurrence d ON d.activity_id = v.id AND d.state = 'scheduled'
                          AND (r.occurrence_id IS NULL OR r.occurrence_id = d.id)
        WHERE s.state = 'confirmed' AND d.starts_at <= :now"""
# Persons `w` for the opening `x`: they had a place as volunteers with the same organisation lately, came to the last one
# or said why not, and were not removed from any; are of the right age, have never signed up for the same shift (who said
# no, or was told no, is not asked again), and are not busy then. Who removed whom only the audit says for certain.
FITTING = f"""
  FROM opening x
  JOIN activity a ON a.id = x.activity_id
  JOIN person w ON w.erased_at IS NULL AND w.birth_on <= :born_by
               AND (CAST(:born_from AS date) IS NULL OR w.birth_on >= :born_from)
 WHERE x.id = :opening_id
   AND w.id IN (SELECT s.person_id {_HELPED} AND d.starts_at > :since)
   AND (SELECT coalesce((SELECT t.state FROM attendance t WHERE t.signup_id = s.id AND t.occurrence_id = d.id), 'present')
          {_HELPED} AND s.person_id = w.id ORDER BY d.starts_at DESC, d.id DESC LIMIT 1) <> 'absent'
   AND NOT EXISTS (
       SELECT FROM signup s
         JOIN activity v ON v.id = s.activity_id AND v.organisation_id = a.organisation_id
         JOIN opening r ON r.id = s.opening_id AND r.kind = 'volunteering'
         JOIN audit_entry e ON e.subject_type = 'signup' AND e.subject_id = s.id AND e.action = 'remove_signup'
        WHERE s.person_id = w.id AND e.at > :since)
   AND NOT EXISTS (
       SELECT FROM signup s JOIN opening y ON y.id = s.opening_id
        WHERE s.person_id = w.id AND y.activity_id = x.activity_id
          AND (x.occurrence_id IS NULL OR y.occurrence_id IS NULL OR y.occurrence_id = x.occurrence_id))
   AND NOT EXISTS (
       SELECT FROM signup s
         JOIN opening y ON y.id = s.opening_id
         JOIN occurrence d ON d.activity_id = s.activity_id AND d.state = 'scheduled'
                          AND (y.occurrence_id IS NULL OR y.occurrence_id = d.id)
         JOIN occurrence m ON m.activity_id = x.activity_id AND m.state = 'scheduled'
                          AND (x.occurrence_id IS NULL OR x.occurrence_id = m.id)
        WHERE s.person_id = w.id AND d.starts_at < m.ends_at AND m.starts_at < d.ends_at
          AND s.state IN ('unconfirmed', 'requested', 'pending_guardian', 'confirmed', 'offered'))
"""


def values_of_fitting(opening: OpeningFacts, now: datetime) -> dict[str, Any]:
    """Return the values that the condition takes at `now`."""
    born_from, born_by = born_between(opening)
    return {"opening_id": opening.id, "born_from": born_from, "born_by": born_by, "since": now - LATELY, "now": now}


def get_minimum(opening_id: int) -> int:
    """Return how many people a role wants at least."""
    return session().scalar(sa.select(Opening.minimum).where(Opening.id == opening_id))
