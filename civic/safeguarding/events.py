"""What happened to declarations, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OutcomeTurned:
    """It was declared of somebody that their certificate is not clear, or is again after it was not."""

    declaration_id: int
