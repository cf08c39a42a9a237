"""Declarations that end with their certificate: owners and coordinators are told 30 and 7 days before, of who conducts minors."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.activities.queries.conducting import COMING_FOR_MINORS
from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications.catalogue import MESSAGES
from civic.notifications.routing import COORDINATORS
from civic.notifications.writing import ONCE, WRITTEN, earliest, values_of
from civic.safeguarding.rules import TOLD_DAYS_BEFORE

# Of the leads that are due the latest counts: who declares a certificate with few days left is told once.
_WRITE = sa.text(f"""
WITH ending AS (
  SELECT d.id, d.organisation_id, (d.valid_until + 1)::timestamp AT TIME ZONE 'Europe/Rome' AS ends_at,
         (SELECT min(l.days) FROM unnest(CAST(:leads AS int[])) AS l(days) WHERE d.valid_until - :today <= l.days) AS lead
    FROM safeguarding_declaration d
   WHERE d.valid_until BETWEEN :today AND :furthest AND d.outcome = 'clear'
     AND NOT EXISTS (SELECT FROM safeguarding_declaration later
                      WHERE later.organisation_id = d.organisation_id AND later.person_id = d.person_id AND later.id > d.id)
     AND EXISTS (SELECT FROM membership m JOIN activity_facilitator f ON f.membership_id = m.id
                   JOIN activity a ON a.id = f.activity_id
                  WHERE m.organisation_id = d.organisation_id AND m.person_id = d.person_id AND m.ended_at IS NULL
                    AND {COMING_FOR_MINORS})),
{WRITTEN}
  SELECT 'declaration_ends', r.recipient_id, 'declaration', a.id,
         concat_ws(':', 'declaration_ends', a.lead, a.id, r.recipient_id),
         '{{}}'::jsonb, :urgency, :not_before, a.ends_at, :now, NULL
    FROM ending a JOIN LATERAL ({COORDINATORS}) r ON true
   WHERE :not_before < a.ends_at
{ONCE}""").bindparams(
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("not_before", type_=sa.DateTime(timezone=True)),
    sa.bindparam("today", type_=sa.Date),
    sa.bindparam("furthest", type_=sa.Date),
)


def tell_of_ending_declarations() -> int:
    """Write to who answers for each certificate that ends soon; return how many mails will leave."""
    message, now, today = MESSAGES["declaration_ends"], clock.now(), clock.today()
    values = {
        "now": now,
        "today": today,
        "furthest": today + timedelta(days=max(TOLD_DAYS_BEFORE)),
        "leads": list(TOLD_DAYS_BEFORE),
        "not_before": earliest(message, now),
        **values_of(message),
    }
    return writing().execute(_WRITE, values).rowcount
