"""Who was shown what was entrusted for a signup, as the family reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from civic.care.types import Subject
from civic.kernel.db import session

MOST = 100
_VIEWINGS = sa.text("""
SELECT v.record, v.in_full, v.viewed_at, concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS name
  FROM care_viewing v JOIN person p ON p.id = v.viewer_id
 WHERE v.signup_id = :signup_id ORDER BY v.viewed_at DESC, v.id DESC LIMIT :most
""")


def list_viewings(subject: Subject) -> Sequence[Any]:
    """Return who saw which record of the signup (record, in_full, viewed_at, name), the latest first; a hundred at most."""
    return session().execute(_VIEWINGS, {"signup_id": subject.id, "most": MOST}).all()
