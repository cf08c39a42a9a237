"""Where time has run out: the openings in which a draw is due, or a hold, a reserve, a silence or the waiting itself is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from civic.activities.siblings import HOLDS_BACK_UNTIL
from civic.kernel.db import session

_HOLDS = sa.text("""
SELECT DISTINCT s.opening_id FROM signup s
 WHERE s.hold_until <= :now AND s.state IN ('unconfirmed', 'pending_guardian', 'offered', 'waiting', 'requested') LIMIT :limit
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

_TO_DRAW = sa.text("""
SELECT x.id FROM opening x JOIN activity a ON a.id = x.activity_id JOIN organisation g ON g.id = a.organisation_id
 WHERE a.entry_mode = 'draw' AND a.draw_at <= :now AND a.state = 'published' AND g.state = 'verified'
   AND x.drawn_at IS NULL AND x.closed_at IS NULL
   AND coalesce((SELECT o.starts_at FROM occurrence o WHERE o.id = x.occurrence_id), a.last_entry_at) > :now LIMIT :limit
""")
_BLOCKS = sa.text("SELECT DISTINCT opening_id FROM block WHERE ended_at IS NULL AND names_until <= :now LIMIT :limit")
_RESERVES = sa.text("SELECT id FROM opening WHERE reserved > 0 AND reserved_until <= :now LIMIT :limit")

_HELD_BACK = sa.text("""
SELECT x.id FROM opening x JOIN activity a ON a.id = x.activity_id LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE x.held_back > 0 AND x.closed_at IS NULL AND coalesce(o.starts_at, a.starts_at) <= :near LIMIT :limit
""")


def list_openings_held_back_near_start(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings that begin soon and keep free places from everybody for who needs several."""
    return session().scalars(_HELD_BACK, {"near": now + HOLDS_BACK_UNTIL, "limit": limit}).all()


def list_openings_to_draw(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings whose draw is due at `now`."""
    return session().scalars(_TO_DRAW, {"now": now, "limit": limit}).all()


def list_openings_with_ended_reserve(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings in which places were kept for who is referred until `now` at most."""
    return session().scalars(_RESERVES, {"now": now, "limit": limit}).all()


def list_openings_with_blocks_to_end(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings in which a class had until `now` at most to name who comes."""
    return session().scalars(_BLOCKS, {"now": now, "limit": limit}).all()


def list_openings_with_ended_holds(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings in which a hold has run out at `now`."""
    return session().scalars(_HOLDS, {"now": now, "limit": limit}).all()


def list_openings_with_unanswered_waits(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings in which a guardian has let the time pass at `now`, of somebody who waits or has a place."""
    return session().scalars(_UNANSWERED, {"now": now, "limit": limit}).all()


def list_openings_begun_with_waits(now: datetime, limit: int) -> Sequence[int]:
    """Return the openings that nobody may come into any more at `now` and for which somebody still waits or has asked."""
    return session().scalars(_BEGUN, {"now": now, "limit": limit}).all()
