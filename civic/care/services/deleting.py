"""Deleting what a family entrusted, once it has served: figures for each activity stay, and nobody's name."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.care.queries.marks import SPAN
from civic.care.rules import KEPT
from civic.care.services.writing import TABLES
from civic.care.types import Record
from civic.kernel import clock
from civic.kernel.db import writing

# A record is due when its time after the last meeting is over, when the signup has ended, and, of somebody who has come
# of age, when others wrote it. The consent ends with the record; the figures of a day add up.
_DELETE = f"""
WITH due AS (
  SELECT n.signup_id FROM {{table}} n
    JOIN care_consent k ON k.id = n.consent_id
    JOIN signup s ON s.id = n.signup_id
    JOIN person w ON w.id = s.person_id
    JOIN opening x ON x.id = s.opening_id
    JOIN activity a ON a.id = s.activity_id
    LEFT JOIN occurrence o ON o.id = x.occurrence_id
   {SPAN}
   WHERE t.ends_at <= :before OR s.state IN ('declined', 'expired', 'cancelled')
      OR (k.given_by_id <> s.person_id AND w.birth_on <= :adult_born_on)
), gone AS (
  DELETE FROM {{table}} n USING due, signup s WHERE n.signup_id = due.signup_id AND s.id = n.signup_id
  RETURNING n.consent_id, s.activity_id
), ended AS (
  UPDATE care_consent k SET withdrawn_at = :now FROM gone WHERE k.id = gone.consent_id AND k.withdrawn_at IS NULL
), counted AS (
  INSERT INTO erasure_count (activity_id, record, erased_on, count)
  SELECT activity_id, :record, :today, count(*) FROM gone GROUP BY activity_id
  ON CONFLICT (activity_id, record, erased_on) DO UPDATE SET count = erasure_count.count + excluded.count
)
SELECT count(*) FROM gone
"""


def delete_due(record: Record) -> int:
    """Delete the records of this kind that nobody needs any more; return how many."""
    values = {
        "record": record.value,
        "now": clock.now(),
        "today": clock.today(),
        "before": clock.now() - KEPT[record],
        "adult_born_on": born_on_or_before(ADULT_AGE, clock.today()),
    }
    return writing().scalar(sa.text(_DELETE.format(table=TABLES[record].__tablename__)), values)
