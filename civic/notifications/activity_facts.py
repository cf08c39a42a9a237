"""What a message about an activity is made from, for who has nothing to do with it yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session

_ACTIVITIES = sa.text("""
SELECT a.id, a.title, a.slug, a.kind, a.state = 'published' AND g.state = 'verified' AND a.ends_at > :now AS is_open,
       g.name AS organisation_name, concat_ws(', ', p.name, q.name) AS place,
       (SELECT min(o.starts_at) FROM occurrence o
         WHERE o.activity_id = a.id AND o.state = 'scheduled' AND o.ends_at > :now) AS starts_at
  FROM activity a JOIN organisation g ON g.id = a.organisation_id
  LEFT JOIN place p ON p.id = a.place_id LEFT JOIN quartiere q ON q.id = p.quartiere_id
 WHERE a.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """An activity as the public sees it; `starts_at` is its next meeting."""

    id: int
    title: str
    slug: str
    kind: str
    is_open: bool
    organisation_name: str
    place: str
    starts_at: datetime | None


def about_activities(ids: Iterable[int]) -> dict[int, ActivityFacts]:
    """Return the activities by id; nothing is read for none."""
    wanted = sorted(ids)
    rows = session().execute(_ACTIVITIES, {"ids": wanted, "now": clock.now()}) if wanted else ()
    return {row.id: ActivityFacts(**row._mapping) for row in rows}
