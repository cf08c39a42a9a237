"""How many published activities there are in each place: the map and the list beside it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session

_PLACES = sa.text("""
SELECT p.slug, p.name, p.address, p.kind, q.slug AS quartiere_slug, q.name AS quartiere_name, q.code AS quartiere_code,
       count(g.id) AS activities
  FROM place p
  FULL JOIN quartiere q ON q.id = p.quartiere_id
  LEFT JOIN activity a ON a.place_id = p.id AND a.state = 'published' AND a.ends_at > :now
  LEFT JOIN organisation g ON g.id = a.organisation_id AND g.state = 'verified'
 GROUP BY p.id, q.id
 ORDER BY q.name NULLS LAST, p.name, p.id
""")


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place with how many activities are still to come there; a quartiere without places is a row without a name."""

    slug: str | None
    name: str | None
    address: str | None
    kind: str | None
    quartiere_slug: str | None
    quartiere_name: str | None
    quartiere_code: str | None
    activities: int


def list_places_with_counts() -> tuple[PlaceRow, ...]:
    """Return every quartiere with its places, then the places elsewhere, in one statement."""
    return tuple(PlaceRow(*row) for row in session().execute(_PLACES, {"now": clock.now()}))
