"""The circuit breaker: after many troubles of one kind nothing is sent for a while, to one domain or at all."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.kernel import clock
from civic.kernel.db import session
from civic.notifications.answers import Answer, Trouble, trouble_of
from civic.notifications.models import DeliveryEvent, SendingPause
from civic.notifications.types import Channel, DeliveryState

log = logging.getLogger(__name__)

WITHIN = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(minutes=15)
THRESHOLDS = {Trouble.BUSY: 20, Trouble.CONNECTION: 20, Trouble.POLICY: 5, Trouble.SIGN_IN: 1}
"""So many within a minute. A server that refuses our policy or our password will go on doing so: fewer are enough."""
OF_ALL = frozenset({Trouble.CONNECTION, Trouble.SIGN_IN})
"""Troubles with our own mail server, through which everything goes."""
ALL = ""
"""The domain of a pause that holds everything back."""

_COUNT = sa.text("""
SELECT count(*) FROM delivery_event WHERE at > :since AND trouble = :trouble AND (:domain = '' OR domain = :domain)
""")
# Longer each time, as long as the pauses follow one another closely; what a person has stopped stays stopped.
_PAUSE = sa.text("""
INSERT INTO sending_pause AS p (channel, domain, reason, since, until, times)
VALUES ('email', :domain, :reason, :now, CAST(:now AS timestamptz) + CAST(:first AS interval), 1)
ON CONFLICT (channel, domain) DO UPDATE SET reason = excluded.reason, since = excluded.since,
   times = CASE WHEN p.until < excluded.since - CAST(:longest AS interval) THEN 1 ELSE p.times + 1 END,
   until = excluded.since + least(CAST(:longest AS interval), CAST(:first AS interval) *
           CASE WHEN p.until < excluded.since - CAST(:longest AS interval) THEN 1 ELSE 2 ^ least(p.times, 10) END)
 WHERE p.until IS NOT NULL AND p.until <= excluded.since
RETURNING until
""")


def note_trouble(delivery_id: int, address: str, answer: Answer, after: DeliveryState) -> None:
    """Write down that a mail did not leave, and stop sending for a while where that happens too often."""
    trouble, domain = trouble_of(answer), domain_of(address)
    session().execute(
        insert(DeliveryEvent).values(
            delivery_id=delivery_id,
            at=clock.now(),
            before=DeliveryState.SENDING,
            after=after,
            code=answer.code,
            domain=domain,
            trouble=trouble,
        )
    )
    if trouble in THRESHOLDS:
        _pause_if_many(trouble, ALL if trouble in OF_ALL else domain)


def domain_of(address: str) -> str:
    """Return the domain of an address, in small letters."""
    return address.rpartition("@")[2].lower()


def paused_domains() -> set[str]:
    """Return the domains to which nothing is sent now; `ALL` is among them where nothing is sent at all."""
    now_paused = sa.or_(SendingPause.until.is_(None), SendingPause.until > clock.now())
    return set(session().scalars(sa.select(SendingPause.domain).where(SendingPause.channel == Channel.EMAIL, now_paused)))


def list_pauses() -> list[Any]:
    """Return the pauses that hold now, the one of everything first."""
    now_paused = sa.or_(SendingPause.until.is_(None), SendingPause.until > clock.now())
    columns = (SendingPause.domain, SendingPause.reason, SendingPause.since, SendingPause.until)
    return list(session().execute(sa.select(*columns).where(now_paused).order_by(SendingPause.domain)))


def _pause_if_many(trouble: Trouble, domain: str) -> None:
    values = {"since": clock.now() - WITHIN, "trouble": trouble.value, "domain": domain}
    if session().scalar(_COUNT, values) < THRESHOLDS[trouble]:
        return
    until = session().scalar(
        _PAUSE,
        {"domain": domain, "reason": trouble.value, "now": clock.now(), "first": FIRST_PAUSE, "longest": LONGEST_PAUSE},
    )
    if until is not None:
        log.error("sending_paused domain=%s trouble=%s until=%s", domain or "all", trouble.value, until.isoformat())
