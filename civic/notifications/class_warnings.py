"""Names that are missing: seven and two days before the places of a class are freed, who teaches is told."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications.catalogue import MESSAGES
from civic.notifications.class_facts import TEACHERS
from civic.notifications.writing import ONCE, WRITTEN, earliest, values_of

TOLD_DAYS_BEFORE = (7, 2)

# A lead counts where the places were asked for before it fell due, and of those that are due the latest.
_WRITE = sa.text(f"""
WITH missing AS (
  SELECT b.id, b.organisation_id, b.teacher_id, b.names_until,
         (SELECT min(l.days) FROM unnest(CAST(:leads AS int[])) AS l(days)
           WHERE b.names_until - make_interval(days => l.days) <= :now
             AND b.asked_at <= b.names_until - make_interval(days => l.days)) AS lead
    FROM block b
   WHERE b.ended_at IS NULL AND b.unnamed > 0 AND b.names_until > :now AND b.names_until <= :furthest),
{WRITTEN}
  SELECT 'class_names_missing', r.recipient_id, 'block', b.id,
         concat_ws(':', 'class_names_missing', b.lead, b.id, r.recipient_id),
         '{{}}'::jsonb, :urgency, :not_before, b.names_until, :now, NULL
    FROM missing b JOIN LATERAL ({TEACHERS}) r ON true
   WHERE b.lead IS NOT NULL AND :not_before < b.names_until
{ONCE}""").bindparams(
    *(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("now", "not_before", "furthest"))
)


def tell_of_missing_names() -> int:
    """Write to who teaches each class whose places are freed soon; return how many mails will leave."""
    message, now = MESSAGES["class_names_missing"], clock.now()
    values = {
        "now": now,
        "furthest": now + timedelta(days=max(TOLD_DAYS_BEFORE)),
        "leads": list(TOLD_DAYS_BEFORE),
        "not_before": earliest(message, now),
        **values_of(message),
    }
    return writing().execute(_WRITE, values).rowcount
