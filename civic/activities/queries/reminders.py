"""The reminders of an activity, and the meeting they would come before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.activities.reminder_rule import ReminderRule
from civic.activities.services.setting_reminders import Reminding
from civic.kernel import clock
from civic.kernel.db import session

_NEXT = sa.text("""
SELECT o.starts_at, coalesce(p.name, '') AS place
  FROM occurrence o JOIN activity a ON a.id = o.activity_id LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
 WHERE a.id = :activity_id AND o.state = 'scheduled' AND o.starts_at > :now ORDER BY o.starts_at LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class NextMeeting:
    """When and where the next meeting is."""

    starts_at: datetime
    place: str


def list_reminders(activity_id: int) -> tuple[Reminding, ...]:
    """Return the reminders that the activity has of its own, the earliest first; none where it has those of all."""
    one = ReminderRule
    rows = session().execute(
        sa.select(one.days, one.hours, one.asks, one.text)
        .where(one.activity_id == activity_id)
        .order_by(one.days.desc(), one.hours.desc())
    )
    return tuple(Reminding(*row) for row in rows)


def find_next_meeting(activity_id: int) -> NextMeeting | None:
    """Return the next meeting of the activity, None where there is none to come."""
    row = session().execute(_NEXT, {"activity_id": activity_id, "now": clock.now()}).one_or_none()
    return NextMeeting(*row) if row else None
