"""Hours: the marks of an activity added up, a row for each person, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.activities.queries.participants import WAS_EXPECTED
from civic.certificates.types import Gap, Hours
from civic.kernel import clock
from civic.kernel.db import session

# Of the meetings that took place and were over after somebody first had a place: the others count neither as attended nor
# as scheduled. Two sign-ups of one person at the same meeting count its minutes once. Who lends a hand is not among them:
# those minutes belong to volunteering. Who left is measured by the whole of it as well, or one meeting would be all there was.
# Who has a place again after some time in the queue is not measured by the meetings of that time.
_HOURS = sa.text(f"""
WITH place AS (
SELECT s.id, s.public_id, s.person_id, s.state, s.confirmed_at, x.occurrence_id,
       (SELECT min(m.at) FROM signup_move m WHERE m.signup_id = s.id AND m.after = 'confirmed') AS since
  FROM signup s JOIN opening x ON x.id = s.opening_id
 WHERE s.activity_id = :activity_id AND x.kind <> 'volunteering'
), covered AS (
SELECT s.person_id, o.id, o.public_id, o.starts_at, coalesce(max(t.minutes), 0) AS minutes,
       bool_or(s.state = 'confirmed') AND NOT bool_or(t.id IS NOT NULL) AS lacks_mark,
       extract(epoch FROM o.ends_at - o.starts_at)::int / 60 AS length
  FROM place s
  JOIN occurrence o ON o.activity_id = :activity_id AND o.state = 'scheduled' AND o.ends_at <= :now AND o.ends_at > s.since
                   AND (s.occurrence_id IS NULL OR s.occurrence_id = o.id)
  LEFT JOIN attendance t ON t.signup_id = s.id AND t.occurrence_id = o.id
 WHERE s.state <> 'confirmed' OR {WAS_EXPECTED}
 GROUP BY s.person_id, o.id
)
SELECT w.id AS person_id,
       (SELECT p.public_id FROM place p WHERE p.person_id = w.id AND p.since IS NOT NULL ORDER BY p.id DESC LIMIT 1) AS signup,
       w.given_name, w.family_name, w.is_confided, sum(c.minutes) AS minutes, sum(c.length) AS scheduled_minutes,
       count(*) FILTER (WHERE c.minutes > 0) AS meetings_attended, count(*) AS meetings,
       min(c.starts_at) AS first_at, max(c.starts_at) AS last_at,
       json_agg(json_build_array(c.public_id, c.starts_at) ORDER BY c.starts_at)
           FILTER (WHERE c.lacks_mark) AS gaps
  FROM covered c JOIN person w ON w.id = c.person_id AND w.erased_at IS NULL
 GROUP BY w.id
HAVING sum(c.minutes) > 0 OR bool_or(EXISTS (SELECT FROM place p WHERE p.person_id = w.id AND p.state = 'confirmed'))
    OR bool_or(EXISTS (SELECT FROM certificate e WHERE e.person_id = w.id AND e.activity_id = :activity_id))
 ORDER BY lower(w.family_name), lower(w.given_name), w.id
""")
_MEETINGS = sa.text("""
SELECT count(*) FILTER (WHERE o.ends_at <= :now) AS took_place, count(*) FILTER (WHERE o.ends_at > :now) AS to_come
  FROM occurrence o WHERE o.activity_id = :activity_id AND o.state = 'scheduled'
""")


@dataclass(frozen=True, slots=True)
class Meetings:
    """How many meetings of an activity took place, and how many are still to come."""

    took_place: int
    to_come: int


def list_hours(activity_id: int) -> tuple[Hours, ...]:
    """Return the hours of everybody who has a place or was there, by family name."""
    rows = session().execute(_HOURS, {"activity_id": activity_id, "now": clock.now()})
    return tuple(_hours(row) for row in rows)


def count_meetings(activity_id: int) -> Meetings:
    """Return how many meetings took place and are to come; what was cancelled is neither."""
    return Meetings(*session().execute(_MEETINGS, {"activity_id": activity_id, "now": clock.now()}).one())


def gaps_of(hours: tuple[Hours, ...]) -> tuple[Gap, ...]:
    """Return the meetings at which somebody has no mark, the first one first, with how many people."""
    found: dict[str, Gap] = {}
    for gap in (one for person in hours for one in person.gaps):
        before = found.get(gap.occurrence_public_id)
        found[gap.occurrence_public_id] = Gap(gap.occurrence_public_id, gap.starts_at, 1 + (before.people if before else 0))
    return tuple(sorted(found.values(), key=lambda gap: gap.starts_at))


def _hours(row) -> Hours:
    return Hours(
        person_id=row.person_id,
        signup=row.signup,
        given_name=row.given_name,
        family_name=row.family_name,
        minutes=row.minutes,
        scheduled_minutes=row.scheduled_minutes,
        meetings_attended=row.meetings_attended,
        meetings=row.meetings,
        first_on=clock.to_rome(row.first_at).date(),
        last_on=clock.to_rome(row.last_at).date(),
        gaps=tuple(Gap(public_id, datetime.fromisoformat(starts_at)) for public_id, starts_at in row.gaps or ()),
        is_confided=row.is_confided,
    )
