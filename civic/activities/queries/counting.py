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
 GROUP BY x.id HAVING x.taken <> count(s.id) ORDER BY x.id
""")


def list_wrong_counts() -> Sequence[Any]:
    """Return the openings whose `taken` is not the number of signups that hold a place, with both numbers."""
    return session().execute(_WRONG, {"holding": sorted(HOLDING)}).all()
