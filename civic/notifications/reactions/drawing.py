"""What is told of a draw."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities import events
from civic.kernel.db import writing
from civic.notifications.writing import Telling, tell_about_signups
from civic.outbox.draining import Cause

_TAKING_PART = sa.text("SELECT id FROM signup WHERE activity_id = :activity_id AND state = 'requested' ORDER BY id")


def tell_draw_entered(event: events.DrawEntered, cause: Cause) -> None:
    """Tell who takes part when the draw is, and under which code they stand in it."""
    tell_about_signups(Telling("draw_entered"), [event.signup_id])


def tell_draw_moved(event: events.DrawMoved, cause: Cause) -> None:
    """Tell all who take part that the draw is put off."""
    taking_part = list(writing().scalars(_TAKING_PART, {"activity_id": event.activity_id}))
    tell_about_signups(Telling("draw_moved", cause.id), taking_part)


def tell_drawn_to_wait(event: events.DrawnToWait, cause: Cause) -> None:
    """Tell who was not drawn where they stand in the waiting list."""
    tell_about_signups(Telling("drawn_to_wait"), [event.signup_id])
