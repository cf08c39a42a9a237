"""Messages about sign-ups that did not arrive: whoever runs the activity has to call instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from civic.kernel.db import session

REMEMBERED = timedelta(days=14)

_FAILURES = sa.text("""
SELECT a.public_id, a.title, count(DISTINCT n.recipient_id) AS people, max(d.final_at) AS latest
  FROM delivery d
  JOIN notification n ON n.id = d.notification_id AND n.subject_type = 'signup'
  JOIN signup s ON s.id = n.subject_id
  JOIN activity a ON a.id = s.activity_id
 WHERE d.state IN ('failed', 'suppressed') AND d.final_at > :since AND a.organisation_id = :organisation_id
   AND a.ends_at > :now
 GROUP BY a.id ORDER BY max(d.final_at) DESC LIMIT 20
""")


def list_failures(organisation_id: int, now: datetime) -> tuple[Any, ...]:
    """Return the activities still to come some of whose people a message could not reach lately."""
    values = {"organisation_id": organisation_id, "now": now, "since": now - REMEMBERED}
    return tuple(session().execute(_FAILURES, values))
