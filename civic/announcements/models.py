"""What was announced and what was answered, kept as it was written."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.announcements.types import Audience
from civic.kernel.db import Base, enum_column


class Announcement(Base):
    """A text to the people in an activity. `told` is how many signups it was about when it was sent."""

    __tablename__ = "announcement"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"))
    audience: Mapped[Audience] = mapped_column(enum_column(Audience, "audience"))
    text: Mapped[str]
    told: Mapped[int]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_announcement_activity_id", "activity_id", "created_at"),)


class Reply(Base):
    """An answer to an announcement, about one signup: by who comes, or by who answers for them.

    It is read by all who write for the organisation and by who watches over minors, and is answered to nobody alone:
    `handled_by_id` is who saw to it, and when.
    """

    __tablename__ = "announcement_reply"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    announcement_id: Mapped[int] = mapped_column(sa.ForeignKey("announcement.id", ondelete="CASCADE"), index=True)
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
