"""Tables of the ways in besides being there first: outside the ages, to a place that is kept, and by the draw."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base


class AgeException(Base):
    """Leave for one person to come whatever their age: whoever has the link, in one live signup at a time.

    The table keeps the hash of the link's token, and why it was given by whom.
    """

    __tablename__ = "age_exception"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), index=True)
    nonce: Mapped[str]
    token_hash: Mapped[bytes]
    reason: Mapped[str]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    signup_id: Mapped[int | None] = mapped_column(sa.ForeignKey("signup.id"), index=True)
    withdrawn_at: Mapped[datetime | None]


class Referral(Base):
    """A place that is kept, for one person whom a service or a school sends: whoever has the link, in one live signup at a time.

    The table keeps the hash of the link's token, and who asked for it and why.
    """

    __tablename__ = "referral"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), index=True)
    nonce: Mapped[str]
    token_hash: Mapped[bytes]
    service: Mapped[str]
    reason: Mapped[str]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    signup_id: Mapped[int | None] = mapped_column(sa.ForeignKey("signup.id"), index=True)
    withdrawn_at: Mapped[datetime | None]


class DrawEntry(Base):
    """A signup in a draw, under a code of its own that says nothing of who it is.

    Once drawn, `rank` is its number in the order; those of `turn` 1 come before those of turn 2. Who was not in the draw
    has neither.
    """

    __tablename__ = "draw_entry"

    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), primary_key=True, autoincrement=False)
    opening_id: Mapped[int] = mapped_column(sa.ForeignKey("opening.id"))
    code: Mapped[str]
    turn: Mapped[int | None] = mapped_column(sa.SmallInteger)
    rank: Mapped[int | None]

    __table_args__ = (sa.UniqueConstraint("opening_id", "code"),)
