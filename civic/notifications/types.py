"""Words of messages: channels, categories, states of a delivery and the moves between them."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Channel(StrEnum):
    """How a message reaches a person; the inbox on the site is the notification row itself."""

    EMAIL = "email"


class Urgency(StrEnum):
    """Whether quiet hours hold a message back."""

    CRITICAL = "critical"
    NORMAL = "normal"


class Priority(IntEnum):
    """Who goes first when many messages are due: somebody waits for it, it concerns one person, it goes to many."""

    AWAITED = 0
    PERSONAL = 1
    MANY = 2


class Category(StrEnum):
    """What a person can switch off, or is told why not."""

    ACCOUNT = "account"
    SIGNUP = "signup"
    CHANGE = "change"
    REMINDER = "reminder"
    UPDATE = "update"
    ORGANISATION = "organisation"
    NEWS = "news"


class Mode(StrEnum):
    """When a person wants the messages of a category: each by itself, or gathered once a day or once a week, or not at all."""

    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


DEFAULT_MODES = {Category.UPDATE: Mode.OFF, Category.NEWS: Mode.WEEKLY}
"""What holds until a person chooses; everything else comes at once. What is asked for only comes to who has said so."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENDING = "sending"
    RETRY = "retry"
    SENT = "sent"
    BOUNCED = "bounced"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HELD = "held"
    DIGESTED = "digested"


class ReturnKind(StrEnum):
    """What a mail that came back says: the address is wrong, it did not work this time, it is tried still, or a complaint."""

    HARD = "hard"
    SOFT = "soft"
    DELAYED = "delayed"
    COMPLAINT = "complaint"


class Phase(StrEnum):
    """How far a delivery under way has come: before or after the mail server may have it."""

    CLAIMED = "claimed"
    HANDING_OVER = "handing_over"


DELIVERY_MOVES = {
    DeliveryState.QUEUED: frozenset(
        {DeliveryState.SENDING, DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.SUPPRESSED, DeliveryState.HELD}
    ),
    DeliveryState.RETRY: frozenset(
        {DeliveryState.SENDING, DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.SUPPRESSED, DeliveryState.HELD}
    ),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.SENT,
            DeliveryState.RETRY,
            DeliveryState.FAILED,
            DeliveryState.SUPPRESSED,
            DeliveryState.CANCELLED,
            DeliveryState.EXPIRED,
            DeliveryState.HELD,
        }
    ),
    DeliveryState.DIGESTED: frozenset({DeliveryState.QUEUED, DeliveryState.CANCELLED, DeliveryState.EXPIRED}),
    DeliveryState.SENT: frozenset({DeliveryState.BOUNCED}),
    DeliveryState.HELD: frozenset({DeliveryState.QUEUED, DeliveryState.CANCELLED, DeliveryState.EXPIRED}),
    DeliveryState.FAILED: frozenset({DeliveryState.QUEUED}),
}
"""The only moves of a delivery; the same table is a trigger in the database."""

NOT_REACHED = (DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.BOUNCED)
"""Where a delivery stands that has not arrived and will not."""
