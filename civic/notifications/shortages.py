"""Too few people: two days before the start whoever coordinates is told once for each role that lies below its minimum."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications.catalogue import MESSAGES
from civic.notifications.routing import COORDINATORS
from civic.notifications.writing import ONCE, WRITTEN, earliest, values_of

AHEAD = timedelta(hours=48)

_WRITE = sa.text(f"""
WITH short AS (
  SELECT x.id, a.organisation_id, coalesce(o.starts_at, a.starts_at) AS starts_at
    FROM activity a JOIN opening x ON x.activity_id = a.id LEFT JOIN occurrence o ON o.id = x.occurrence_id
   WHERE a.state = 'published' AND a.ends_at > :now AND a.starts_at <= :soon AND x.closed_at IS NULL
     AND x.taken < x.minimum AND coalesce(o.starts_at, a.starts_at) > :now AND coalesce(o.starts_at, a.starts_at) <= :soon),
{WRITTEN}
  SELECT 'too_few_people', r.recipient_id, 'opening', a.id, concat_ws(':', 'too_few_people', a.id, r.recipient_id),
         '{{}}'::jsonb, :urgency, :not_before, a.starts_at, :now, NULL
    FROM short a JOIN LATERAL ({COORDINATORS}) r ON true
   WHERE :not_before < a.starts_at
{ONCE}""").bindparams(
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("not_before", type_=sa.DateTime(timezone=True)),
)


def tell_of_shortages() -> int:
    """Write to the coordinators of every role that begins soon with too few people; return how many mails will leave."""
    message, now = MESSAGES["too_few_people"], clock.now()
    values = {"now": now, "soon": now + AHEAD, "not_before": earliest(message, now), **values_of(message)}
    return writing().execute(_WRITE, values).rowcount
