"""What is told about the places of a class: to who teaches it."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities import events
from civic.kernel.db import writing
from civic.notifications.class_facts import TEACHERS
from civic.notifications.writing import Telling, tell_persons
from civic.outbox.draining import Cause

_TEACHERS = sa.text(f"SELECT r.recipient_id FROM block b JOIN LATERAL ({TEACHERS}) r ON true WHERE b.id = :block_id")


def tell_class_granted(event: events.BlockGranted, cause: Cause) -> None:
    """Tell who teaches that places are held for the class, and until when names are awaited."""
    _tell(Telling("class_granted", cause.id, {"count": event.count}), event.block_id)


def tell_class_ended(event: events.BlockEnded, cause: Cause) -> None:
    """Tell who teaches that nothing is held for the class any more, and why."""
    _tell(Telling("class_ended", cause.id, {"freed": event.freed}), event.block_id)


def _tell(telling: Telling, block_id: int) -> None:
    tell_persons(telling, "block", block_id, writing().scalars(_TEACHERS, {"block_id": block_id}))
