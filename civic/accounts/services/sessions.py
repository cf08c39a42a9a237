"""Sessions of signed-in browsers: rows that can be ended from anywhere."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from civic.accounts.models import UserSession
from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.ids import hash_token, new_token

LIFETIME = timedelta(days=14)
FRESH_FOR = timedelta(minutes=15)
_AGENT_LENGTH = 200


def start_session(account_id: int, agent: str, *, with_second_factor: bool = False) -> str:
    """Open a session row for the account and return its token, which only the cookie will know."""
    token, now = new_token(), clock.now()
    writing().execute(
        sa.insert(UserSession).inline(),
        {
            "token_hash": hash_token(token),
            "account_id": account_id,
            "agent": agent[:_AGENT_LENGTH],
            "created_at": now,
            "last_seen_at": now,
            "expires_at": now + LIFETIME,
            "second_factor_at": now if with_second_factor else None,
        },
    )
    return token


def is_fresh(actor: Actor) -> bool:
    """Whether the actor signed in a short while ago, so that delicate things need no password again."""
    began = session().scalar(sa.select(UserSession.created_at).where(UserSession.id == actor.session_id))
    return began is not None and clock.now() - began <= FRESH_FOR


def end_session(session_id: int) -> None:
    """End one session; its cookie is worth nothing from this commit on."""
    writing().execute(
        sa.update(UserSession).where(UserSession.id == session_id, UserSession.ended_at.is_(None)).values(ended_at=clock.now())
    )


def end_sessions(account_id: int, *, but: int | None = None) -> int:
    """End every live session of the account, but one if it is named; return how many ended."""
    statement = (
        sa.update(UserSession)
        .where(UserSession.account_id == account_id, UserSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    if but is not None:
        statement = statement.where(UserSession.id != but)
    return writing().execute(statement).rowcount


def touch(session_id: int, now: datetime) -> None:
    """Note when the session was last seen: one of the two things a GET may write (design, section 12, 19)."""
    session().execute(sa.update(UserSession).where(UserSession.id == session_id).values(last_seen_at=now))


def adult_born_on(day: date) -> date:
    """Return the latest birth date of those who are of age on `day`."""
    return born_on_or_before(ADULT_AGE, day)
