"""Activities that are counselling, or could be said to be, for the safeguarding officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.accounts.types import ACCOUNT_AGE
from civic.activities.policy import Action, Target, check_can
from civic.activities.types import ActivityState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.ids import plain

PER_PAGE = 20
_CAN_BE_MARKED = f"""a.kind <> 'volunteering' AND a.state <> 'cancelled' AND coalesce(a.ends_at, :now) >= :now
   AND coalesce(a.age_max, {ACCOUNT_AGE}) >= {ACCOUNT_AGE} AND g.state = 'verified'"""
_LIST = f"""
SELECT a.public_id, a.title, a.slug, g.name AS organisation, a.state, a.starts_at, a.is_counselling,
       EXISTS (SELECT FROM signup s WHERE s.activity_id = a.id) AS has_signups, count(*) OVER () AS total
  FROM activity a JOIN organisation g ON g.id = a.organisation_id
 WHERE {_CAN_BE_MARKED} {{search}}
 ORDER BY a.is_counselling DESC, a.starts_at NULLS LAST, a.id LIMIT :limit OFFSET :offset
"""


@dataclass(frozen=True, slots=True)
class CounsellingRow:
    """An activity to come; `has_signups` where it stays as it is."""

    public_id: str
    title: str
    slug: str
    organisation: str
    state: ActivityState
    starts_at: datetime | None
    is_counselling: bool
    has_signups: bool


def list_counselling(actor: Actor, text: str = "", page: int = 1) -> tuple[tuple[CounsellingRow, ...], int]:
    """Return the activities that those of 14 may come to, those marked first, and how many there are; drafts as well."""
    check_can(actor, Action.MARK_COUNSELLING, Target())
    values: dict = {"now": clock.now(), "limit": PER_PAGE, "offset": (max(page, 1) - 1) * PER_PAGE}
    search = ""
    for number, word in enumerate(plain(text).split()[:6]):
        search += f" AND strpos(a.search_text || ' ' || lower(g.name), :word{number}) > 0"
        values[f"word{number}"] = word
    rows = session().execute(sa.text(_LIST.format(search=search)), values).all()
    if not rows and page > 1:
        return list_counselling(actor, text, 1)
    found = (CounsellingRow(*row[:4], ActivityState(row.state), *row[5:8]) for row in rows)
    return tuple(found), (rows[0].total if rows else 0)
