"""Nothing waits for an answer beyond the last moment to come in: where that comes nearer, every deadline comes with it."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.models import Opening
from civic.kernel.db import writing

_ENDS = """
SELECT x.id AS opening_id, coalesce(o.starts_at, a.last_entry_at) AS at
  FROM opening x JOIN activity a ON a.id = x.activity_id LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE x.activity_id = :activity_id"""
_CLIP = sa.text(f"""
WITH ends AS ({_ENDS}),
holds AS (
  UPDATE signup s SET hold_until = ends.at FROM ends
   WHERE s.opening_id = ends.opening_id AND s.hold_until > ends.at),
offers AS (
  UPDATE offer f SET expires_at = ends.at FROM signup s JOIN ends ON ends.opening_id = s.opening_id
   WHERE f.signup_id = s.id AND f.answer IS NULL AND f.expires_at > ends.at),
questions AS (
  UPDATE authorisation h SET expires_at = ends.at FROM signup s JOIN ends ON ends.opening_id = s.opening_id
   WHERE h.signup_id = s.id AND h.answer IS NULL AND h.expires_at > ends.at),
answered_by AS (
  SELECT 'confirm_signup' AS purpose, s.id AS subject_id, ends.at
    FROM signup s JOIN ends ON ends.opening_id = s.opening_id
  UNION ALL
  SELECT 'authorisation', h.id, ends.at
    FROM authorisation h JOIN signup s ON s.id = h.signup_id JOIN ends ON ends.opening_id = s.opening_id)
UPDATE link k SET expires_at = answered_by.at FROM answered_by
 WHERE k.purpose = answered_by.purpose AND k.subject_id = answered_by.subject_id AND k.used_at IS NULL
   AND k.expires_at > answered_by.at
""")


def clip_deadlines(activity_id: int) -> None:
    """Let every hold, offer, question to a guardian and link of the activity end when nobody may come in any more, or sooner."""
    openings = sa.select(Opening.id).where(Opening.activity_id == activity_id).order_by(Opening.id)
    writing().execute(openings.with_for_update())
    writing().execute(_CLIP, {"activity_id": activity_id})
