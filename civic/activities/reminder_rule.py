"""Table of the reminders that an activity has of its own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base


class ReminderRule(Base):
    """When a reminder of an activity comes, and what it says; an activity without a row has the reminders of all.

    Days are counted on the wall clock, then hours. One that `asks` asks whether one still comes: of a course before the
    first meeting alone. `text` is the organisation's, with placeholders.
    """

    __tablename__ = "reminder_rule"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id", ondelete="CASCADE"))
    days: Mapped[int] = mapped_column(sa.SmallInteger)
    hours: Mapped[int] = mapped_column(sa.SmallInteger)
    asks: Mapped[bool]
    text: Mapped[str]

    __table_args__ = (
        sa.UniqueConstraint("activity_id", "days", "hours"),
        sa.CheckConstraint("(days > 0) <> (hours > 0) AND days BETWEEN 0 AND 14 AND hours BETWEEN 0 AND 12", name="when"),
    )
