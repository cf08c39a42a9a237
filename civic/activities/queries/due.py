"""Where time has run out: the openings in which a hold, a guardian's silence or the waiting itself is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from civic.kernel.db import session

_HOLDS = sa.text("""
SELECT DISTINCT s.opening_id FROM signup s
 WHERE s.hold_until <= :now AND s.state IN ('unconfirmed', 'pending_guardian', 'offered', 'waiting') LIMIT :limit
""")
_UNANSWERED = sa.text("""
SELECT DISTINCT s.opening_id FROM authorisation h JOIN signup s ON s.id = h.signup_id
                                                   AND s.state IN ('waiting', 'offered', 'confirmed') AND NOT s.awaits_click
 WHERE h.answer IS NULL AND h.expires_at <= :now LIMIT :limit
""")
_BEGUN = sa.text("""
SELECT DISTINCT s.opening_id FROM signup s
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = x.activity_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE s.state IN ('requested', 'waiting') AND coalesce(o.starts_at, a.last_entry_at) <= :now LIMIT :limit
""")


def list_openings_with_ended_holds(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings in which a hold has run out at `now`."""
    return session().scalars(_HOLDS, {"now": now, "limit": limit}).all()


def list_openings_with_unanswered_waits(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings in which a guardian has let the time pass at `now`, of somebody who waits or has a place."""
    return session().scalars(_UNANSWERED, {"now": now, "limit": limit}).all()


def list_openings_begun_with_waits(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings that nobody may come into any more at `now` and for which somebody still waits or has asked."""
    return session().scalars(_BEGUN, {"now": now, "limit": limit}).all()
