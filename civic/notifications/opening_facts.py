"""What a message about places that want people is made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.kernel.db import session

_OPENINGS = sa.text("""
SELECT x.id, x.public_id, x.kind, x.role, x.minimum, x.taken, coalesce(o.starts_at, a.starts_at) AS starts_at,
       x.closed_at IS NULL AND a.state = 'published' AS is_open, a.title, a.public_id AS activity_public_id,
       g.slug AS organisation_slug, a.slug AS activity_slug, g.name AS organisation_name,
       concat_ws(', ', p.name, nullif(p.address, '')) AS place,
       coalesce(o.signup_closes_at, a.signup_closes_at) AS signup_closes_at, o.meets_at,
       ARRAY(SELECT s.person_id FROM signup s JOIN opening y ON y.id = s.opening_id
              WHERE y.activity_id = x.activity_id AND s.person_id = ANY(:recipients)
                AND (x.occurrence_id IS NULL OR y.occurrence_id IS NULL OR y.occurrence_id = x.occurrence_id)) AS answered
  FROM opening x JOIN activity a ON a.id = x.activity_id JOIN organisation g ON g.id = a.organisation_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
  LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
 WHERE x.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class OpeningFacts:
    """The places of a role as they stand; `answered` are those recipients who have signed up for its shift, ever."""

    id: int
    public_id: str
    kind: str
    role: str
    minimum: int
    taken: int
    starts_at: datetime
    is_open: bool
    title: str
    activity_public_id: str
    organisation_slug: str
    activity_slug: str
    organisation_name: str
    place: str
    signup_closes_at: datetime | None = None
    meets_at: datetime | None = None
    answered: Sequence[int] = ()

    @property
    def missing(self) -> int:
        """How many people are missing to reach the minimum."""
        return max(self.minimum - self.taken, 0)


def about_openings(ids: Iterable[int], recipients: Iterable[int]) -> dict[int, OpeningFacts]:
    """Return the facts of messages about these places to these recipients, by opening; nothing is read for none."""
    values = {"ids": sorted(ids), "recipients": sorted(recipients)}
    rows = session().execute(_OPENINGS, values) if values["ids"] else ()
    return {row.id: OpeningFacts(**row._mapping) for row in rows}
