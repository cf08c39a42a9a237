"""What is told to volunteers, and to whoever follows something."""

from __future__ import annotations

from civic.activities.events import ActivityPublished
from civic.activities.queries.facts import get_opening
from civic.kernel import clock
from civic.notifications.following import tell_of_new
from civic.notifications.invitations import write_invitations
from civic.outbox.draining import Cause
from civic.volunteering import events
from civic.volunteering.queries import get_minimum
from civic.volunteering.rules import can_invite


def tell_followers(event: ActivityPublished, cause: Cause) -> None:
    """Tell whoever follows something that the activity is, once however often it is published."""
    tell_of_new(event.activity_id)


def tell_who_would_fit(event: events.VolunteersInvited, cause: Cause) -> None:
    """Invite whoever would fit the role on the shift, once, where people are missing still."""
    opening = get_opening(event.opening_id)
    if can_invite(opening, get_minimum(opening.id), clock.now()):
        write_invitations(opening)
