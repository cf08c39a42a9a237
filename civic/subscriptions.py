"""What happens when: whose rules each kind follows, and which reactions follow which event."""

from __future__ import annotations

from civic.activities.kinds import register_kind
from civic.activities.types import ActivityKind
from civic.volunteering.kind import VolunteeringKind
from civic.workshops.kind import WorkshopKind


def register() -> None:
    """Tell the engine whose rules each kind of opening follows."""
    register_kind(ActivityKind.WORKSHOP, WorkshopKind())
    register_kind(ActivityKind.TRAINING, WorkshopKind())
    register_kind(ActivityKind.PUBLIC_EVENT, WorkshopKind())
    register_kind(ActivityKind.VOLUNTEERING, VolunteeringKind())
