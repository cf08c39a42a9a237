"""Tables of what happens on the day of a meeting, tap by tap, as the devices of who conducts it tell us."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.activities.types import AttendanceState
from civic.kernel.db import Base, enum_column


class AttendanceEvent(Base):
    """One mark that somebody made: `state` is empty where it took a mark back. A trigger refuses to change a row.

    A device makes the `event_id` and says when, `at`; of two marks of one person the later counts, whichever came first.
    `seen_id` is the last event known where the mark was made. A mark of the page itself has no `device`.
    """

    __tablename__ = "attendance_event"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    occurrence_id: Mapped[int] = mapped_column(sa.ForeignKey("occurrence.id"))
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), index=True)
    state: Mapped[AttendanceState | None] = mapped_column(enum_column(AttendanceState, "state"))
    minutes: Mapped[int | None] = mapped_column(sa.SmallInteger)
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    device: Mapped[UUID | None]
    seen_id: Mapped[int | None]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    __table_args__ = (sa.Index("ix_attendance_event_occurrence_id", "occurrence_id", "signup_id", "at"),)
