"""Tables of registers and of the ledger of what was issued."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.certificates.rules import DEFAULT_THRESHOLD
from civic.certificates.types import CertificateKind
from civic.kernel.db import Base, enum_column


class Register(Base):
    """The register of an activity: which share of the hours makes a certificate, and when the totals were fixed."""

    __tablename__ = "register"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), primary_key=True)
    threshold: Mapped[int] = mapped_column(sa.SmallInteger, default=DEFAULT_THRESHOLD)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    __table_args__ = (sa.CheckConstraint("threshold BETWEEN 1 AND 100", name="threshold"),)


class CertificateYear(Base):
    """The last number given in a year; its row is the lock that leaves no gap."""

    __tablename__ = "certificate_year"

    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int]


class Certificate(Base):
    """One numbered document: the figures as they were, and what became of it. A trigger refuses to change the figures.

    `document` is what a worker made once `asked_at` was set, kept so that every download is the same file; it goes with
    the initials when the person is erased. `failed_at` is when it could not be made.
    """

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger)
    number: Mapped[int]
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[CertificateKind] = mapped_column(enum_column(CertificateKind, "kind"))
    minutes: Mapped[int]
    scheduled_minutes: Mapped[int]
    threshold: Mapped[int] = mapped_column(sa.SmallInteger)
    meetings_attended: Mapped[int] = mapped_column(sa.SmallInteger)
    meetings: Mapped[int] = mapped_column(sa.SmallInteger)
    first_on: Mapped[date] = mapped_column(sa.Date)
    last_on: Mapped[date] = mapped_column(sa.Date)
    title: Mapped[str]
    organisation_name: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certificate.id"), unique=True)
    asked_at: Mapped[datetime | None]
    prepared_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    initials: Mapped[str] = mapped_column(default="", server_default="")
    document: Mapped[bytes | None] = mapped_column(deferred=True)
    fingerprint: Mapped[bytes | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    revoked_reason: Mapped[str | None]

    __table_args__ = (
        sa.UniqueConstraint("year", "number"),
        sa.CheckConstraint("minutes > 0 AND scheduled_minutes >= 0", name="minutes"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name="revoked"),
        sa.Index("uq_certificate_live", "activity_id", "person_id", unique=True, postgresql_where=sa.text("revoked_at IS NULL")),
        sa.Index("ix_certificate_activity_id", "activity_id"),
        sa.Index(
            "ix_certificate_to_prepare",
            "id",
            postgresql_where=sa.text(
                "asked_at IS NOT NULL AND prepared_at IS NULL AND failed_at IS NULL AND revoked_at IS NULL"
            ),
        ),
    )

    @property
    def label(self) -> str:
        """The number as people write it: `12/2026`."""
        return f"{self.number}/{self.year}"
