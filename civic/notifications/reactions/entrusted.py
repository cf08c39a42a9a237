"""What is told of what a family entrusts: that it changed, never what it says."""

from __future__ import annotations

from civic.care import events
from civic.notifications.writing import Telling, tell_about_signups, tell_persons
from civic.outbox.draining import Cause


def tell_collection_changed(event: events.CollectionChanged, cause: Cause) -> None:
    """Tell everybody who answers for the child, who wrote it among them: a change that nobody made is noticed."""
    tell_about_signups(Telling("collection_changed", cause.id), [event.signup_id])


def tell_health_deleted(event: events.HealthDeleted, cause: Cause) -> None:
    """Tell who had written it, and nobody else: that there was something to write is theirs to tell."""
    tell_persons(Telling("health_deleted", cause.id), "signup", event.signup_id, [event.given_by_id])
