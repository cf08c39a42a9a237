"""Tables of places that are held together, before there is a name for each: a class that comes with its school."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.activities.types import BlockEnd
from civic.kernel.db import Base, enum_column


class Block(Base):
    """Places that a school asks for together, named by `names_until`.

    Of the `size` asked for it was given `granted`, of which `unnamed` have no name yet: these count as taken in the opening,
    where the others are signups like any. Until all are there it waits in line since `asked_at`; `is_whole` takes all or none.
    """

    __tablename__ = "block"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    opening_id: Mapped[int] = mapped_column(sa.ForeignKey("opening.id"), index=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    teacher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    label: Mapped[str]
    size: Mapped[int]
    granted: Mapped[int] = mapped_column(default=0)
    unnamed: Mapped[int] = mapped_column(default=0)
    is_whole: Mapped[bool]
    asked_at: Mapped[datetime]
    names_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[BlockEnd | None] = mapped_column(enum_column(BlockEnd, "ended_as"))

    __table_args__ = (
        sa.CheckConstraint("0 <= unnamed AND unnamed <= granted AND granted <= size AND size > 0", name="places"),
        sa.CheckConstraint("ended_at IS NULL OR unnamed = 0", name="ended"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ended_as_said"),
        sa.Index(
            "uq_block_live",
            "opening_id",
            "organisation_id",
            sa.text("lower(label)"),
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_block_names_until", "names_until", postgresql_where=sa.text("ended_at IS NULL")),
    )

    @property
    def missing(self) -> int:
        """How many places it still waits for."""
        return self.size - self.granted if self.ended_at is None else 0


class BlockPupil(Base):
    """The signup of somebody named for a place of a block; `sheet_link_id` is the link on the sheet printed last."""

    __tablename__ = "block_pupil"

    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), primary_key=True, autoincrement=False)
    block_id: Mapped[int] = mapped_column(sa.ForeignKey("block.id"), index=True)
    named_at: Mapped[datetime]
    sheet_link_id: Mapped[int | None] = mapped_column(sa.ForeignKey("link.id", ondelete="SET NULL"), index=True)
