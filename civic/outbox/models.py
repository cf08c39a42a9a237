"""Table of the outbox."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base


class OutboxEvent(Base):
    """An event that happened and has, or has not yet, been reacted to. `payload` holds ids, never personal text."""

    __tablename__ = "outbox_event"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str]
    payload: Mapped[dict]
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    done_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        sa.Index(
            "ix_outbox_event_due",
            "next_attempt_at",
            "id",
            postgresql_where=sa.text("done_at IS NULL AND parked_at IS NULL"),
        ),
    )
