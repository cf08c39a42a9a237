"""Who was shown what was entrusted for a signup, as the family reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from civic.care.types import Subject
from civic.kernel.db import session

MOST = 100
_VIEWINGS = sa.text("""
SELECT v.record, v.in_full, max(v.viewed_at) AS viewed_at, count(*) AS times,
       concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS name
  FROM care_viewing v JOIN person p ON p.id = v.viewer_id
 WHERE v.signup_id = :signup_id
 GROUP BY p.id, v.record, v.in_full, (v.viewed_at AT TIME ZONE 'Europe/Rome')::date
 ORDER BY max(v.viewed_at) DESC, max(v.id) DESC LIMIT :most
""")


def list_viewings(subject: Subject) -> Sequence[Any]:
    """Return who saw which record of the signup (record, in_full, viewed_at, times, name), the latest first, a hundred at most.

    Of one day one row each: how often they saw it, and when last. Whoever loads a page again and again hides nobody.
    """
    return session().execute(_VIEWINGS, {"signup_id": subject.id, "most": MOST}).all()
