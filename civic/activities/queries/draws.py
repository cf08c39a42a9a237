"""What is public of a draw: the order of the codes, and the seed once there is nothing left to draw."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.activities.draw_order import Ticket
from civic.kernel.db import session

_ORDER = sa.text("""
SELECT e.opening_id, e.code, e.turn FROM draw_entry e JOIN opening x ON x.id = e.opening_id
 WHERE x.activity_id = :activity_id AND e.rank IS NOT NULL ORDER BY e.opening_id, e.rank
""")
# Who knows the seed before a draw knows its order: it stays secret as long as any is to come.
_SEED = sa.text("""
SELECT a.draw_seed FROM activity a
 WHERE a.id = :activity_id AND EXISTS (SELECT FROM opening x WHERE x.activity_id = a.id AND x.drawn_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM opening x WHERE x.activity_id = a.id AND x.drawn_at IS NULL AND x.closed_at IS NULL)
""")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw as anybody may know it: the seed (None as long as a draw is to come) and the tickets of each opening in order."""

    seed: str | None
    orders: dict[int, tuple[Ticket, ...]]


def get_drawn(activity_id: int) -> Drawn:
    """Return what is public of the draws of an activity."""
    orders: dict[int, tuple[Ticket, ...]] = {}
    for row in session().execute(_ORDER, {"activity_id": activity_id}):
        orders[row.opening_id] = (*orders.get(row.opening_id, ()), Ticket(row.code, row.turn))
    return Drawn(session().scalar(_SEED, {"activity_id": activity_id}), orders)
