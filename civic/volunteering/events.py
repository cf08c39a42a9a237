"""What happened among volunteers, in the past tense, with plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class VolunteersInvited:
    """A role lies below its minimum, and whoever would fit is to be invited."""

    opening_id: int
