"""What happens when: the rules of each kind, and which reactions follow which event."""

from __future__ import annotations


def register() -> None:
    """Tell the engine whose rules each kind of opening follows."""
