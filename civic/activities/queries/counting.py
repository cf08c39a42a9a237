"""Whether the counted places are the held ones: a check that never mends anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from civic.activities.types import HOLDING
from civic.kernel.db import session

_WRONG = sa.text("""
SELECT x.id, x.taken, count(s.id) AS holding
  FROM opening x LEFT JOIN signup s ON s.opening_id = x.id AND s.state = ANY(:holding)
 GROUP BY x.id HAVING x.taken <> count(s.id) OR x.referred <> count(s.id) FILTER (WHERE s.is_referred) ORDER BY x.id
""")


def list_wrong_counts() -> Sequence[Any]:
    """Return the openings that count another number of signups with a place, or of referred ones among them, than there are."""
    return session().execute(_WRONG, {"holding": sorted(HOLDING)}).all()
