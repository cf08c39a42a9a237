"""How much goes on, for the administration: counts only, and no group of people small enough to point at somebody."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session

SMALLEST_GROUP = 5

_FIGURES = sa.text("""
SELECT (SELECT count(*) FROM organisation WHERE state = 'verified') AS verified,
       (SELECT count(*) FROM organisation WHERE state = 'pending') AS pending,
       (SELECT count(*) FROM activity WHERE state = 'published' AND ends_at > :now) AS coming,
       (SELECT count(*) FROM activity WHERE state = 'published' AND ends_at <= :now) AS past,
       (SELECT count(*) FROM account WHERE confirmed_at IS NOT NULL AND disabled_at IS NULL) AS accounts
""")
_BY_STATE = sa.text("SELECT state, count(DISTINCT person_id) AS people FROM signup GROUP BY state")


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts; `people` maps the state of signups to how many people, None where they are fewer than five."""

    verified: int
    pending: int
    coming: int
    past: int
    accounts: int | None
    people: dict[str, int | None]


def suppressed(count: int) -> int | None:
    """Return the count of a group of people, None where it is small enough to point at somebody."""
    return count if count == 0 or count >= SMALLEST_GROUP else None


def get_overview() -> Overview:
    """Return the figures as they are now."""
    row = session().execute(_FIGURES, {"now": clock.now()}).one()
    people = {state: suppressed(count) for state, count in session().execute(_BY_STATE)}
    return Overview(row.verified, row.pending, row.coming, row.past, suppressed(row.accounts), people)
