"""Nothing waits for an answer beyond the start: where the start comes nearer, every deadline comes with it."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.models import Opening
from civic.kernel.db import writing

_STARTS = """
SELECT x.id AS opening_id, coalesce(o.starts_at, a.starts_at) AS at
  FROM opening x JOIN activity a ON a.id = x.activity_id LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE x.activity_id = :activity_id"""
_CLIP = sa.text(f"""
WITH starts AS ({_STARTS}),
holds AS (
  UPDATE signup s SET hold_until = starts.at FROM starts
   WHERE s.opening_id = starts.opening_id AND s.hold_until > starts.at),
offers AS (
  UPDATE offer f SET expires_at = starts.at FROM signup s JOIN starts ON starts.opening_id = s.opening_id
   WHERE f.signup_id = s.id AND f.answer IS NULL AND f.expires_at > starts.at),
questions AS (
  UPDATE authorisation h SET expires_at = starts.at FROM signup s JOIN starts ON starts.opening_id = s.opening_id
   WHERE h.signup_id = s.id AND h.answer IS NULL AND h.expires_at > starts.at),
answered_by AS (
  SELECT 'confirm_signup' AS purpose, s.id AS subject_id, starts.at
    FROM signup s JOIN starts ON starts.opening_id = s.opening_id
  UNION ALL
  SELECT 'authorisation', h.id, starts.at
    FROM authorisation h JOIN signup s ON s.id = h.signup_id JOIN starts ON starts.opening_id = s.opening_id)
UPDATE link k SET expires_at = answered_by.at FROM answered_by
 WHERE k.purpose = answered_by.purpose AND k.subject_id = answered_by.subject_id AND k.used_at IS NULL
   AND k.expires_at > answered_by.at
""")


def clip_deadlines(activity_id: int) -> None:
    """Let every hold, offer, question to a guardian and link of the activity end at the latest when it begins now."""
    openings = sa.select(Opening.id).where(Opening.activity_id == activity_id).order_by(Opening.id)
    writing().execute(openings.with_for_update())
    writing().execute(_CLIP, {"activity_id": activity_id})
