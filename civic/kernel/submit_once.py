"""Pressing twice does nothing twice: a form's one-time key is stored with the address of its result."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel import clock
from civic.kernel.db import Base, session, writing
from civic.kernel.ids import new_public_id

_KEY = re.compile(r"^[0-9a-z]{16}$")


class Submission(Base):
    """One form that was sent: whoever sends the same key again is shown the same result."""

    __tablename__ = "submission"

    key: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str]
    actor_id: Mapped[int | None]
    result: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)


def new_key() -> str:
    """Return the one-time key for a form about to be shown."""
    return new_public_id()


def is_key(text: str | None) -> bool:
    """Whether `text` looks like a one-time key of ours."""
    return bool(text and _KEY.match(text))


def claim(key: str, route: str, actor_id: int | None, result: str) -> bool:
    """Store `result` under `key` in the open transaction; return False where the key was used before.

    Two requests with one key wait for each other here: the second sees what the first has committed.
    """
    statement = (
        insert(Submission)
        .values(key=key, route=route, actor_id=actor_id, result=result, created_at=clock.now())
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Submission.key)
    )
    return writing().execute(statement).scalar() is not None


def forget(key: str) -> None:
    """Let the key be used again by the open transaction that has just claimed it."""
    writing().execute(sa.delete(Submission).where(Submission.key == key))


def find_result(key: str, route: str, actor_id: int | None) -> str | None:
    """Return the stored result of `key`, only to the person and the route that it belongs to."""
    return session().scalar(
        sa.select(Submission.result).where(
            Submission.key == key,
            Submission.route == route,
            Submission.actor_id.is_not_distinct_from(actor_id),
        )
    )
