"""Tables of what must be told and of how it was delivered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base, enum_column
from civic.notifications.types import Category, Channel, DeliveryState, Mode, Phase, ReturnKind, Urgency


class Notification(Base):
    """What one person must be told. `subject_*` and `payload` hold ids only: the text is made when it is read or sent."""

    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    kind: Mapped[str]
    recipient_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict]
    urgency: Mapped[Urgency] = mapped_column(enum_column(Urgency, "urgency"))
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_notification_inbox", "recipient_id", "created_at"),
        sa.Index("ix_notification_subject", "subject_type", "subject_id"),
    )


class Delivery(Base):
    """How a notification travels on one channel. A claim is a lease; `message_id` is fixed when the row is written.

    `told_at`: when somebody noted that what did not arrive was said on the telephone.
    `digest_id`: the digest that took what waited for one.
    """

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    notification_id: Mapped[int] = mapped_column(sa.ForeignKey("notification.id"))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"))
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState, "state"))
    phase: Mapped[Phase | None] = mapped_column(enum_column(Phase, "phase"))
    message_id: Mapped[UUID] = mapped_column(unique=True)
    priority: Mapped[int] = mapped_column(sa.SmallInteger, default=1, server_default="1")
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    next_attempt_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[UUID | None]
    last_code: Mapped[int | None] = mapped_column(sa.SmallInteger)
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    final_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    digest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notification.id"))

    __table_args__ = (
        sa.UniqueConstraint("notification_id", "channel"),
        sa.Index(
            "ix_delivery_due", "priority", "next_attempt_at", "id", postgresql_where=sa.text("state IN ('queued', 'retry')")
        ),
        sa.Index("ix_delivery_lease", "lease_until", postgresql_where=sa.text("state = 'sending'")),
        sa.Index("ix_delivery_digest_id", "digest_id", postgresql_where=sa.text("digest_id IS NOT NULL")),
        sa.Index(
            "ix_delivery_digested", "notification_id", postgresql_where=sa.text("state = 'digested' AND digest_id IS NULL")
        ),
        sa.Index("ix_delivery_final_at", "final_at", postgresql_using="brin"),
        sa.Index(
            "ix_delivery_troubled", "notification_id", postgresql_where=sa.text("state IN ('failed', 'held', 'bounced')")
        ),
        # Room on each page, so that a row which only changes its phase stays where it is.
        {"postgresql_with": {"fillfactor": 70}},
    )


class Follow(Base):
    """Something that a person wants to hear of; `topic` names it as `topics.Topic` writes it."""

    __tablename__ = "follow"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True, index=True)
    created_at: Mapped[datetime]


class Preference(Base):
    """When a person wants the messages of a category; where there is no row holds what `DEFAULT_MODES` says."""

    __tablename__ = "preference"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    category: Mapped[Category] = mapped_column(enum_column(Category, "category"), primary_key=True)
    mode: Mapped[Mode] = mapped_column(enum_column(Mode, "mode"))
    changed_at: Mapped[datetime]


class Bounce(Base):
    """A report that a mail came back, once for each report; the address as a keyed hash."""

    __tablename__ = "bounce"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    event_id: Mapped[bytes] = mapped_column(unique=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id"), index=True)
    address_hash: Mapped[bytes] = mapped_column(index=True)
    kind: Mapped[ReturnKind] = mapped_column(enum_column(ReturnKind, "kind"))
    status: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)


class DeliveryEvent(Base):
    """A mail that did not leave, or not at once: when, to which domain, and which kind of trouble it was. Only ever added to."""

    __tablename__ = "delivery_event"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    delivery_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    before: Mapped[str]
    after: Mapped[str]
    code: Mapped[int | None] = mapped_column(sa.SmallInteger)
    domain: Mapped[str]
    trouble: Mapped[str]


class SendingPause(Base):
    """Nothing is sent to `domain` (empty: to nobody) until `until`, or until somebody lets it go on.

    `times`: how many pauses have followed one another closely.
    """

    __tablename__ = "sending_pause"

    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"), primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    times: Mapped[int] = mapped_column(sa.SmallInteger)


class DomainMinute(Base):
    """How many mails were handed over for a domain in a minute, where it has a limit."""

    __tablename__ = "domain_minute"

    domain: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(sa.Integer)


class Suppression(Base):
    """An address that is not written to until `until`, or ever; a keyed hash, so that it outlives erasure."""

    __tablename__ = "suppression"

    address_hash: Mapped[bytes] = mapped_column(primary_key=True)
    reason: Mapped[str]
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]


class Heartbeat(Base):
    """When a part of the machinery last showed progress."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class CalendarFeed(Base):
    """That somebody has an address for their calendar, or for that of an organisation; a new version is a new address."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    version: Mapped[int] = mapped_column(sa.Integer)
    created_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("person_id", "organisation_id", postgresql_nulls_not_distinct=True),)
