"""What a guardian has authorised."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from civic.kernel.actor import Actor
from civic.kernel.db import session

_GIVEN = sa.text("""
SELECT h.id, h.answer, h.answered_at, h.answered_name, h.withdrawn_at, h.text, s.public_id, s.state, s.person_id,
       w.given_name, w.family_name, a.title, a.slug, coalesce(o.ends_at, a.ends_at) AS ends_at
  FROM authorisation h
  JOIN signup s ON s.id = h.signup_id
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE h.answer IN ('granted', 'refused') AND (h.guardian_id = :me OR s.person_id = ANY(:wards))
 ORDER BY h.answered_at DESC, h.id DESC
 LIMIT 200
""")


def list_authorisations_of(actor: Actor) -> list[Any]:
    """Return the answers given by the actor, or to signups of the young people they answer for, the latest first."""
    return list(session().execute(_GIVEN, {"me": actor.person_id, "wards": list(actor.wards)}))
