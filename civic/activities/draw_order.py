"""The order of a draw: from the seed and the codes alone, so that anybody comes to the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code in a draw. Those of turn 1 come before those of turn 2."""

    code: str
    turn: int = 1


def in_order(seed: str, tickets: Iterable[Ticket]) -> list[Ticket]:
    """Return the tickets as the seed draws them: turn by turn, by the SHA-256 of the seed followed by the code."""
    return sorted(tickets, key=lambda one: (one.turn, print_of(seed + one.code), one.code))


def print_of(text: str) -> str:
    """Return the SHA-256 of `text`, in 64 hexadecimal figures."""
    return hashlib.sha256(text.encode()).hexdigest()
