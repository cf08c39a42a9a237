"""Whether the counted places are the held ones: a check that never mends anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from civic.activities.types import HOLDING
from civic.kernel.db import session

_WRONG = sa.text("""
SELECT x.id, x.taken, count(s.id) + b.unnamed AS holding
  FROM opening x LEFT JOIN signup s ON s.opening_id = x.id AND s.state = ANY(:holding)
  JOIN LATERAL (SELECT coalesce(sum(c.unnamed), 0) AS unnamed FROM block c WHERE c.opening_id = x.id) b ON true
 GROUP BY x.id, b.unnamed
HAVING x.taken <> count(s.id) + b.unnamed OR x.referred <> count(s.id) FILTER (WHERE s.is_referred)
 ORDER BY x.id
""")


def list_wrong_counts() -> Sequence[Any]:
    """Return the openings that count another number of places as taken, or of referred people among them, than there are.

    Taken are those of signups that hold one, and those of classes for which nobody has been named yet.
    """
    return session().execute(_WRONG, {"holding": sorted(HOLDING)}).all()
