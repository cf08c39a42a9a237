"""Table of the audit."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base


class AuditEntry(Base):
    """One change and who made it. A trigger refuses UPDATE and DELETE; `details` holds ids and states, no names."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int | None]
    details: Mapped[dict]

    __table_args__ = (sa.Index("ix_audit_entry_subject", "subject_type", "subject_id"),)


class AuditSeal(Base):
    """The hash of one closed day of the audit, chained to the day before."""

    __tablename__ = "audit_seal"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    entries: Mapped[int]
    digest: Mapped[bytes]
    sealed_at: Mapped[datetime]
