"""What awaits an organisation today: one short question for each sort of thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session

AHEAD = timedelta(days=7)
BEHIND = timedelta(days=7)

_REQUESTS = """
SELECT a.public_id, a.title, count(*) AS people, min(s.joined_at) AS since
  FROM signup s JOIN activity a ON a.id = s.activity_id
 WHERE a.organisation_id = :organisation_id AND s.state = 'requested' AND a.entry_mode <> 'draw'
   AND a.state = 'published' AND a.ends_at > :now
 GROUP BY a.id ORDER BY min(s.joined_at) LIMIT 50
"""
_GUARDIANS = """
SELECT a.public_id, a.title, count(*) AS people, min(s.hold_until) AS until,
       count(*) FILTER (WHERE s.hold_until < :tomorrow) AS today
  FROM signup s JOIN activity a ON a.id = s.activity_id
 WHERE a.organisation_id = :organisation_id AND s.state = 'pending_guardian' AND s.hold_until > :now
 GROUP BY a.id ORDER BY min(s.hold_until) LIMIT 50
"""
_SHORT = """
SELECT a.public_id, a.title, x.role, coalesce(o.starts_at, a.starts_at) AS starts_at, x.minimum - x.taken AS missing
  FROM opening x JOIN activity a ON a.id = x.activity_id LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE a.organisation_id = :organisation_id AND a.state = 'published' AND x.taken < x.minimum
   AND coalesce(o.starts_at, a.starts_at) > :now AND coalesce(o.starts_at, a.starts_at) < :soon
   AND coalesce(o.state, 'scheduled') = 'scheduled'
 ORDER BY starts_at, x.id LIMIT 50
"""
_MEETINGS = """
SELECT a.public_id, a.title, o.public_id AS occurrence_public_id, o.starts_at, o.ends_at, p.name AS place_name,
       people.expected, people.marked
  FROM occurrence o JOIN activity a ON a.id = o.activity_id AND a.state = 'published'
  LEFT JOIN place p ON p.id = o.place_id
  JOIN LATERAL (SELECT count(*) AS expected,
                       count(t.id) AS marked
                  FROM signup s JOIN opening x ON x.id = s.opening_id
                       AND (x.occurrence_id IS NULL OR x.occurrence_id = o.id)
                  LEFT JOIN attendance t ON t.signup_id = s.id AND t.occurrence_id = o.id
                 WHERE s.activity_id = a.id AND s.state = 'confirmed') people ON true
 WHERE a.organisation_id = :organisation_id AND o.state = 'scheduled' AND o.starts_at < :tomorrow
   AND (o.starts_at >= :today OR (o.starts_at >= :behind AND people.marked < people.expected))
 ORDER BY o.starts_at, o.id LIMIT 50
"""
_DRAFTS = """
SELECT a.public_id, a.title, a.updated_at
  FROM activity a WHERE a.organisation_id = :organisation_id AND a.state = 'draft' ORDER BY a.updated_at DESC LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class Today:
    """Everything that waits for somebody of the organisation; each part is rows in the order of urgency."""

    requests: tuple[Any, ...]
    guardians: tuple[Any, ...]
    short: tuple[Any, ...]
    meetings: tuple[Any, ...]
    drafts: tuple[Any, ...]


def get_today(organisation_id: int, now: datetime) -> Today:
    """Return what awaits the organisation at `now`."""
    today = clock.to_rome(now).date()
    values = {
        "organisation_id": organisation_id,
        "now": now,
        "soon": now + AHEAD,
        "behind": now - BEHIND,
        "today": clock.rome_midnight(today),
        "tomorrow": clock.rome_midnight(today + timedelta(days=1)),
    }

    def rows(statement: str) -> tuple[Any, ...]:
        return tuple(session().execute(sa.text(statement), values))

    return Today(rows(_REQUESTS), rows(_GUARDIANS), rows(_SHORT), rows(_MEETINGS), rows(_DRAFTS))
