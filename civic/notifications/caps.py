"""How many mails a minute a domain is given: some providers shut out whoever sends faster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session
from civic.notifications import settings
from civic.notifications.breaker import domain_of

# Whoever comes later in the same minute finds what is left, whichever process asks.
_TAKE = sa.text("""
INSERT INTO domain_minute AS m (domain, minute, count) VALUES (:domain, :minute, :count)
ON CONFLICT (domain, minute) DO UPDATE SET count = m.count + excluded.count RETURNING m.count
""")


def beyond_cap(rows: Sequence[Any]) -> list[int]:
    """Return the deliveries of `rows` that are one too many for their domain in this minute; the others are counted."""
    caps = settings.current().domain_caps
    if not caps:
        return []
    of_domain: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.email and domain_of(row.email) in caps:
            of_domain[domain_of(row.email)].append(row.id)
    minute = this_minute()
    too_many = []
    for domain, ids in sorted(of_domain.items()):
        taken = session().scalar(_TAKE, {"domain": domain, "minute": minute, "count": len(ids)})
        too_many += ids[max(0, caps[domain] - (taken - len(ids))) :]
    return too_many


def this_minute() -> datetime:
    """Return the beginning of the minute."""
    return clock.now().replace(second=0, microsecond=0)


def next_minute() -> datetime:
    """Return when the next minute begins."""
    return this_minute() + timedelta(minutes=1)
