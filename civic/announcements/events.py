"""What happened, in the past tense, with plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AnnouncementMade:
    """Somebody who runs an activity wrote to the people in it."""

    announcement_id: int


@dataclass(frozen=True)
class ReplyWritten:
    """Somebody in an activity answered to what was announced there."""

    announcement_id: int
