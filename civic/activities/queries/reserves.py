"""What is kept for who is sent by a service or a school: numbers for the desk of who writes there, and for nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session

_RESERVES = sa.text("SELECT id, reserved, referred, reserved_until FROM opening WHERE activity_id = :activity_id")


@dataclass(frozen=True, slots=True)
class Reserve:
    """How many places are kept in an opening, how many of them are used, and until when."""

    kept: int
    used: int
    until: datetime | None

    @property
    def is_on(self) -> bool:
        """Whether places are still kept now."""
        return self.kept > 0 and self.until > clock.now()


def list_reserves(activity_id: int) -> dict[int, Reserve]:
    """Return what is kept in each opening of an activity, by its id."""
    rows = session().execute(_RESERVES, {"activity_id": activity_id})
    return {row.id: Reserve(row.reserved, min(row.reserved, row.referred), row.reserved_until) for row in rows}
