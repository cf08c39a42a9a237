"""What is announced reaches everybody whom it is for, by age, as everything about a sign-up; what is answered, who wrote it."""

from __future__ import annotations

import sqlalchemy as sa

from civic.announcements import events
from civic.announcements.queries.announced import list_signups_told
from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications.writing import Telling, tell_about_signups, tell_persons
from civic.outbox.draining import Cause

_EDITORS = sa.text("""
SELECT m.person_id FROM announcement n JOIN activity a ON a.id = n.activity_id
  JOIN membership m ON m.organisation_id = a.organisation_id AND m.ended_at IS NULL AND m.role IN ('owner', 'coordinator')
 WHERE n.id = :id
""")


def tell_announcement(event: events.AnnouncementMade, cause: Cause) -> None:
    """Write the message for the audience as it stands now, once however often it is tried."""
    telling = Telling("announcement", event.announcement_id, {"announcement_id": event.announcement_id})
    tell_about_signups(telling, list_signups_told(event.announcement_id))


def tell_of_replies(event: events.ReplyWritten, cause: Cause) -> None:
    """Tell all who write for the organisation that there are answers: once a day for each announcement, however many come."""
    day = clock.to_rome(cause.at).date()
    editors = writing().scalars(_EDITORS, {"id": event.announcement_id})
    telling = Telling("replies_to_read", f"{event.announcement_id}-{day.isoformat()}")
    tell_persons(telling, "announcement", event.announcement_id, editors)
