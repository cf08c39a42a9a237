"""What is announced reaches everybody whom it is for: by age, as everything about a sign-up."""

from __future__ import annotations

from civic.announcements import events
from civic.announcements.queries import list_signups_told
from civic.notifications.writing import Telling, tell_about_signups
from civic.outbox.draining import Cause


def tell_announcement(event: events.AnnouncementMade, cause: Cause) -> None:
    """Write the message for the audience as it stands now, once however often it is tried."""
    telling = Telling("announcement", event.announcement_id, {"announcement_id": event.announcement_id})
    tell_about_signups(telling, list_signups_told(event.announcement_id))
