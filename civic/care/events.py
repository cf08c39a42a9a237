"""What happened, in the past tense, with plain values: that something changed, never what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CollectionChanged:
    """Somebody who answers for a child wrote anew, or took back, how they go home."""

    signup_id: int


@dataclass(frozen=True)
class HealthDeleted:
    """What somebody had written about health is gone, because the activity no longer asks for it."""

    signup_id: int
    given_by_id: int
