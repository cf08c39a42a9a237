"""The rows of deliveries: every transition is one statement that names the state before, so that of two only one does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import run, session
from civic.notifications import breaker, caps
from civic.notifications.catalogue import HELD_KINDS
from civic.notifications.types import DeliveryState

LEASE = timedelta(minutes=2)
_YOUNG = timedelta(seconds=10)
_ERROR_LENGTH = 200

_DUE = """
  SELECT id FROM delivery WHERE state IN ('queued', 'retry') AND next_attempt_at <= :now
   ORDER BY priority, next_attempt_at, id LIMIT :limit FOR UPDATE SKIP LOCKED"""
# To some domains nothing is sent for a while: who is written to is looked up only then.
_DUE_ELSEWHERE = """
  SELECT e.id FROM delivery e JOIN notification m ON m.id = e.notification_id JOIN person r ON r.id = m.recipient_id
    LEFT JOIN account b ON b.person_id = r.id
   WHERE e.state IN ('queued', 'retry') AND e.next_attempt_at <= :now
     AND split_part(lower(coalesce(b.email, r.email, '')), '@', 2) <> ALL(:paused)
   ORDER BY e.priority, e.next_attempt_at, e.id LIMIT :limit FOR UPDATE OF e SKIP LOCKED"""
_TAKE = """
WITH due AS ({due})
UPDATE delivery d SET state = 'sending', phase = 'claimed', lease_token = :token, lease_until = :until,
       attempts = d.attempts + 1
  FROM due, notification n, person p LEFT JOIN account c ON c.person_id = p.id
 WHERE d.id = due.id AND d.state IN ('queued', 'retry') AND n.id = d.notification_id AND p.id = n.recipient_id
RETURNING d.id, d.message_id, d.attempts, d.priority, d.next_attempt_at, n.id AS notification_id, n.kind, n.subject_type,
       n.subject_id, n.payload, n.created_at, n.expires_at, n.cancelled_at, n.recipient_id, p.public_id AS person_public_id,
       p.given_name, p.language, p.erased_at, coalesce(c.email, p.email) AS email,
       (c.confirmed_at IS NOT NULL AND c.disabled_at IS NULL) AS has_account
"""
_CLAIM, _CLAIM_ELSEWHERE = sa.text(_TAKE.format(due=_DUE)), sa.text(_TAKE.format(due=_DUE_ELSEWHERE))
# The message before is recorded as sent in the statement that hands over the next: one round trip for each mail. What
# was cancelled or switched off since the claim does not leave.
# A lease that is nearly as long as it was is left as it is: then the row stays where it stands, and no index is touched.
# The row is found by its id: by the index of leases, which the planner likes as well, one would read all that is being sent.
_HAND_OVER = """
WITH sent AS (
  UPDATE delivery SET state = 'sent', phase = NULL, lease_until = NULL, lease_token = NULL, sent_at = %(now)s,
         final_at = %(now)s, last_code = 250, last_error = NULL
   WHERE id = %(sent_id)s AND lease_token = %(token)s AND state = 'sending' AND phase = 'handing_over')
UPDATE delivery d SET phase = 'handing_over',
       lease_until = CASE WHEN d.lease_until < %(renew)s THEN %(until)s ELSE d.lease_until END
 WHERE d.id = %(id)s AND d.lease_token = %(token)s AND d.state = 'sending' AND d.phase = 'claimed'
   AND d.lease_until + interval '0' > %(now)s
   AND NOT EXISTS (SELECT FROM notification n WHERE n.id = %(notification_id)s AND n.cancelled_at IS NOT NULL)
   AND NOT (%(can_switch_off)s AND EXISTS (
       SELECT FROM preference f WHERE f.person_id = %(recipient_id)s AND f.category = %(category)s AND f.mode = 'off'))
"""
_END = sa.text("""
UPDATE delivery SET state = :state, phase = NULL, lease_until = NULL, lease_token = NULL, final_at = :final_at,
       sent_at = CASE WHEN :state = 'sent' THEN :final_at ELSE sent_at END,
       next_attempt_at = coalesce(:next_attempt_at, next_attempt_at), last_code = :code, last_error = :error
 WHERE id = :id AND lease_token = :token AND state = 'sending'
""").bindparams(
    sa.bindparam("next_attempt_at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("final_at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("code", type_=sa.SmallInteger),
    sa.bindparam("state", type_=sa.Text),
    sa.bindparam("error", type_=sa.Text),
)
_GIVING_BACK = """
UPDATE delivery SET state = 'retry', phase = NULL, lease_until = NULL, lease_token = NULL, attempts = attempts - 1,
       next_attempt_at = :next_attempt_at, last_error = coalesce(CAST(:error AS text), last_error)
 WHERE lease_token = :token AND state = 'sending' AND phase = 'claimed'
"""
_GIVE_BACK = sa.text(_GIVING_BACK)
_GIVE_BACK_SOME = sa.text(f"{_GIVING_BACK} AND id = ANY(:ids)")
_CANCEL_NOTIFICATION = sa.text("UPDATE notification SET cancelled_at = :now WHERE id = :id AND cancelled_at IS NULL")
_RECOVER = sa.text("""
UPDATE delivery d SET state = CASE WHEN d.phase = 'handing_over' AND n.kind = ANY(:held) THEN 'held' ELSE 'retry' END,
       phase = NULL, lease_until = NULL, lease_token = NULL, next_attempt_at = :now, last_error = 'lease lost'
  FROM notification n
 WHERE n.id = d.notification_id AND d.state = 'sending' AND d.lease_until <= :now
""")


class Claim:
    """A batch of deliveries that this process alone may send, as long as its lease lasts."""

    def __init__(self, limit: int) -> None:
        self.token: UUID = uuid4()
        rows = sorted(self._take(limit), key=lambda row: (row.priority, row.next_attempt_at, row.id))
        too_many = set(caps.beyond_cap(rows))
        if too_many:
            values = {"token": self.token, "next_attempt_at": caps.next_minute(), "error": None, "ids": sorted(too_many)}
            session().execute(_GIVE_BACK_SOME, values)
        self.has_any = bool(rows)
        self.rows = [row for row in rows if row.id not in too_many]

    def _take(self, limit: int) -> Sequence[Any]:
        paused, now = breaker.paused_domains(), clock.now()
        if breaker.ALL in paused:
            return ()
        values = {"now": now, "limit": limit, "token": self.token, "until": now + LEASE}
        if not paused:
            return session().execute(_CLAIM, values).all()
        return session().execute(_CLAIM_ELSEWHERE, {**values, "paused": sorted(paused)}).all()

    def hand_over(self, row: Any, category: str, can_switch_off: bool, sent_id: int | None) -> bool:
        """Write that the server may have `row` from now on, and that it has `sent_id`; return False where it must not go."""
        now = clock.now()
        values = {
            "id": row.id,
            "notification_id": row.notification_id,
            "recipient_id": row.recipient_id,
            "category": category,
            "can_switch_off": can_switch_off,
            "sent_id": sent_id or 0,
            "now": now,
            "renew": now + LEASE - _YOUNG,
            "until": now + LEASE,
            "token": self.token,
        }
        return run(_HAND_OVER, values) == 1

    def end(
        self,
        delivery_id: int,
        state: DeliveryState,
        *,
        next_attempt_at: datetime | None = None,
        code: int | None = None,
        error: str | None = None,
    ) -> bool:
        """Write how a delivery of this claim ended, or when it is tried again; return False where the lease was lost."""
        values = {
            "id": delivery_id,
            "token": self.token,
            "state": state.value,
            "final_at": None if state in (DeliveryState.RETRY, DeliveryState.HELD) else clock.now(),
            "next_attempt_at": next_attempt_at,
            "code": code,
            "error": error[:_ERROR_LENGTH] if error else None,
        }
        return session().execute(_END, values).rowcount == 1

    def give_back(self, next_attempt_at: datetime, error: str | None = None) -> int:
        """Let others have what was claimed and not begun, without counting an attempt; return how many."""
        values = {"token": self.token, "next_attempt_at": next_attempt_at, "error": error}
        return session().execute(_GIVE_BACK, values).rowcount


def cancel_notification(notification_id: int) -> None:
    """Take a message back that is no longer true, from the site as well."""
    session().execute(_CANCEL_NOTIFICATION, {"id": notification_id, "now": clock.now()})


def recover() -> int:
    """Take up again what a process left behind when it died; return how many.

    What was only claimed goes out as if nothing had been. What the server may have goes out with the same Message-ID,
    or waits for a person to look at it where its kind wants that.
    """
    return session().execute(_RECOVER, {"now": clock.now(), "held": list(HELD_KINDS)}).rowcount
