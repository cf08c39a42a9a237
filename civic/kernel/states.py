"""States that move only along a written table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

MoveTable = Mapping[StrEnum, frozenset]


CHANGED = N_("This is no longer possible: the situation has changed. Reload the page.")
"""What to say where a thing is no longer in the state in which it was shown."""


def check_move(table: MoveTable, before: StrEnum, after: StrEnum) -> None:
    """Raise RuleBroken unless `table` lets a thing in state `before` become `after`."""
    if after not in table.get(before, frozenset()):
        raise RuleBroken(CHANGED)
