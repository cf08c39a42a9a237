"""Noting who was shown what of whom: every time, and for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from civic.care.models import CareViewing
from civic.care.types import Marks, Record
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing


def note_marks_seen(actor: Actor, marks: Mapping[int, Marks]) -> None:
    """Write that the actor saw on a sheet who has a health note, and who collects whom: by name, so that one in full."""
    noted = [(Record.HEALTH, signup_id, False) for signup_id, one in marks.items() if one.has_note]
    collected = ((signup_id, one) for signup_id, one in marks.items() if one.leaves_alone is not None)
    _write(actor, [*noted, *((Record.COLLECTION, signup_id, bool(one.collected_by)) for signup_id, one in collected)])


def note_viewings(actor: Actor, seen: Iterable[tuple[Record, int]], *, in_full: bool) -> None:
    """Write one row for each record (of which signup) that the actor is being shown, all in one statement."""
    _write(actor, [(record, signup_id, in_full) for record, signup_id in seen])


def _write(actor: Actor, seen: Iterable[tuple[Record, int, bool]]) -> None:
    rows = [
        {"record": record, "signup_id": signup_id, "viewer_id": actor.person_id, "viewed_at": clock.now(), "in_full": in_full}
        for record, signup_id, in_full in seen
    ]
    if rows:
        writing().execute(sa.insert(CareViewing).inline().values(rows))
