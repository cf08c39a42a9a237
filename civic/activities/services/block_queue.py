"""Classes in the line of an opening: what each is given, how often it was passed, what is held back for it.

Whoever calls holds the lock of the opening, under which alone a block changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from civic.activities.blocks import Block, BlockPupil
from civic.activities.events import BlockEnded, BlockGranted
from civic.activities.models import Opening, Signup, SignupMove
from civic.activities.types import HOLDING, BlockEnd
from civic.kernel import clock
from civic.kernel.db import writing
from civic.outbox import services as outbox

MOST_PASSES = 3
"""So many smaller requests go past a class that does not fit; then it is served first."""

WAITS = sa.and_(Block.ended_at.is_(None), Block.granted < Block.size)


@dataclass(frozen=True, slots=True)
class WaitingBlock:
    """A block that waits for places, and how many smaller requests behind it were given one meanwhile."""

    block: Block
    passed: int

    @property
    def passes_left(self) -> int:
        """How many more may go past it."""
        return max(MOST_PASSES - self.passed, 0)

    @property
    def turn(self) -> tuple[int, datetime, int]:
        """Where it stands in the line."""
        return 0, self.block.asked_at, self.block.id


def list_waiting(opening_id: int) -> Sequence[WaitingBlock]:
    """Return the blocks of an opening that wait for places, with how often each was passed."""
    behind = sa.select(sa.func.count()).where(
        Signup.opening_id == Block.opening_id,
        Signup.joined_at > Block.asked_at,
        ~Signup.is_referred,
        ~sa.exists().where(BlockPupil.signup_id == Signup.id),
        # Who missed an offer and stands behind only since then has passed nobody.
        sa.exists().where(
            SignupMove.signup_id == Signup.id, SignupMove.after.in_(sorted(HOLDING)), SignupMove.at >= Signup.joined_at
        ),
    )
    later = aliased(Block)
    blocks_behind = sa.select(sa.func.count()).where(
        later.opening_id == Block.opening_id, later.asked_at > Block.asked_at, later.granted > 0
    )
    passed = behind.correlate(Block).scalar_subquery() + blocks_behind.correlate(Block).scalar_subquery()
    statement = sa.select(Block, passed).where(Block.opening_id == opening_id, WAITS, Block.names_until > clock.now())
    rows = writing().execute(statement.order_by(Block.asked_at, Block.id).execution_options(populate_existing=True))
    return [WaitingBlock(block, count) for block, count in rows]


def grant(waiting: WaitingBlock, free: int) -> int:
    """Hold places for the block out of `free` ones, all or as many as there are as it asked; return how many."""
    block = waiting.block
    if block.is_whole and block.missing > free:
        return 0
    count = min(block.missing, free)
    block.granted += count
    block.unnamed += count
    writing().flush()
    count_as_taken(block.opening_id, count)
    if count:
        outbox.record(BlockGranted(block.id, count))
    return count


def hold_back(opening_id: int, count: int) -> None:
    """Keep so many free places from everybody, for the block that is served first."""
    changed = sa.update(Opening).where(Opening.id == opening_id, Opening.held_back != count)
    writing().execute(changed.values(held_back=count))


def count_as_taken(opening_id: int, count: int) -> None:
    """Count so many places more, or fewer, as taken."""
    writing().execute(sa.update(Opening).where(Opening.id == opening_id).values(taken=Opening.taken + count))


def end(block: Block, ended_as: BlockEnd) -> int:
    """Let the block hold and wait for nothing any more; return how many places had no name, which still count as taken."""
    freed, block.unnamed = block.unnamed, 0
    block.granted -= freed
    block.ended_at, block.ended_as = clock.now(), ended_as
    writing().flush()
    return freed


def end_in(opening_ids: Sequence[int]) -> None:
    """End the blocks of openings that are being closed, and with them what they count as taken."""
    live = sa.select(Block).where(Block.opening_id.in_(opening_ids), Block.ended_at.is_(None)).order_by(Block.id)
    for block in writing().scalars(live.execution_options(populate_existing=True)).all():
        outbox.record(BlockEnded(block.id, end(block, BlockEnd.CANCELLED)))
