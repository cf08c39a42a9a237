"""Tables of what a family entrusts. What was written is encrypted, each field on its own."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from civic.care.types import Record, WayHome
from civic.kernel.db import Base, enum_column


class HealthQuestion(Base):
    """That an activity needs to know of health, and why; without a row nobody is asked and nothing can be written."""

    __tablename__ = "health_question"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True)
    needs: Mapped[list[str]] = mapped_column(ARRAY(sa.Text()))
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("cardinality(needs) > 0", name="needs"),)


class CareConsent(Base):
    """The exact words under which a record was written, by whom and when, and when it was withdrawn."""

    __tablename__ = "care_consent"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"))
    record: Mapped[Record] = mapped_column(enum_column(Record, "record"))
    text: Mapped[str]
    given_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_care_consent_signup_id", "signup_id", "record"),
        sa.Index(
            "uq_care_consent_standing", "signup_id", "record", unique=True, postgresql_where=sa.text("withdrawn_at IS NULL")
        ),
    )


class HealthNote(Base):
    """Allergies, medication and support: encrypted texts, none where nothing was written."""

    __tablename__ = "health_note"

    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), primary_key=True)
    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("care_consent.id"), index=True)
    allergies: Mapped[bytes | None]
    medication: Mapped[bytes | None]
    support: Mapped[bytes | None]
    written_at: Mapped[datetime]


class CollectionNote(Base):
    """Whether a child may leave alone, and who may collect them (a JSON list of names and numbers): both encrypted."""

    __tablename__ = "collection_note"

    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), primary_key=True)
    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("care_consent.id"), index=True)
    leaves_alone: Mapped[bytes]
    adults: Mapped[bytes]
    written_at: Mapped[datetime]


class ImageRelease(Base):
    """Where images may be shown (encrypted), and until which day, as it was said when it was given."""

    __tablename__ = "image_release"

    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), primary_key=True)
    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("care_consent.id"), index=True)
    channels: Mapped[bytes]
    until: Mapped[date] = mapped_column(sa.Date)
    written_at: Mapped[datetime]


class CareViewing(Base):
    """Who was shown what of whom, and when: ids alone. A trigger refuses to change a row, and lets
    nobody delete one but the nightly deletion, after two years.

    `in_full` is false where only the mark on a sheet was shown.
    """

    __tablename__ = "care_viewing"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    record: Mapped[Record] = mapped_column(enum_column(Record, "record"))
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"))
    viewer_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    viewed_at: Mapped[datetime] = mapped_column(index=True)
    in_full: Mapped[bool]

    __table_args__ = (sa.Index("ix_care_viewing_signup_id", "signup_id", "viewed_at"),)


class Departure(Base):
    """How a child went home from a meeting, as it was noted at the door: `way` is empty where a note was taken back.

    `collected_by` (a name) and `reason` are encrypted. Of two notes of one child the later counts; the row goes after 30 days.
    """

    __tablename__ = "departure"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    occurrence_id: Mapped[int] = mapped_column(sa.ForeignKey("occurrence.id"))
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), index=True)
    way: Mapped[WayHome | None] = mapped_column(enum_column(WayHome, "way"))
    collected_by: Mapped[bytes | None]
    reason: Mapped[bytes | None]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    __table_args__ = (sa.Index("ix_departure_occurrence_id", "occurrence_id", "signup_id", "at"),)


class ErasureCount(Base):
    """How many records of which kind a night deleted of an activity: figures, and nobody's name."""

    __tablename__ = "erasure_count"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), primary_key=True)
    record: Mapped[Record] = mapped_column(enum_column(Record, "record"), primary_key=True)
    erased_on: Mapped[date] = mapped_column(sa.Date, primary_key=True, index=True)
    count: Mapped[int]

    __table_args__ = (sa.CheckConstraint("count > 0", name="count"),)
