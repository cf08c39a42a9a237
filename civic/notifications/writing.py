"""Writing what must be told: a notification for each recipient and its delivery, in one statement, once per key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications.catalogue import MESSAGES
from civic.notifications.kinds import Message
from civic.notifications.quiet import after_quiet
from civic.notifications.routing import COORDINATORS, RECIPIENTS, ages
from civic.notifications.types import DEFAULT_MODES, Mode, Urgency

WRITTEN = """written AS (
  INSERT INTO notification (kind, recipient_id, subject_type, subject_id, dedupe_key, payload, urgency, not_before,
                            expires_at, created_at, read_at)"""
"""How a statement that writes notifications goes on: these are the columns of its SELECT, which `ONCE` follows."""
NEW = """  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, recipient_id, not_before)"""
"""How the writing of notifications ends: each key once."""
# A person without an address, and one who has switched the category off, find the message on the site only. What folds waits
# for a digest where its recipient wants one.
DELIVER = """INSERT INTO delivery (notification_id, channel, state, message_id, priority, attempts, next_attempt_at)
SELECT n.id, 'email',
       CASE WHEN :folds AND coalesce(f.mode, :default_mode) IN ('daily', 'weekly') THEN 'digested' ELSE 'queued' END,
       gen_random_uuid(), :priority, 0, n.not_before
  FROM written n
  JOIN person p ON p.id = n.recipient_id
  LEFT JOIN account c ON c.person_id = p.id
  LEFT JOIN preference f ON f.person_id = p.id AND f.category = :category
 WHERE coalesce(c.email, p.email) IS NOT NULL AND NOT (:can_switch_off AND coalesce(f.mode, 'now') = 'off')
"""
"""A delivery for each notification that is new."""
ONCE = f"{NEW}\n{DELIVER}"
_WRITE = f"""
WITH told AS ({{told}}),
{WRITTEN}
  SELECT :kind, told.recipient_id, :subject_type, told.subject_id,
         concat_ws(':', CAST(:kind AS text), CAST(:occasion AS text), told.subject_id, told.recipient_id),
         CAST(:payload AS jsonb) || told.extra, :urgency, :not_before, :expires_at, :now, :read_at
    FROM told
{ONCE}"""

_NOTHING_MORE = "'{}'::jsonb AS extra"
# To an address that nobody has confirmed the link that confirms it is sent, and nothing else.
_ABOUT_SIGNUPS = f"""
SELECT s.id AS subject_id, r.recipient_id, {{extra}} AS extra
  FROM signup s JOIN person w ON w.id = s.person_id JOIN LATERAL ({RECIPIENTS}) r ON true
 WHERE s.id = ANY(:signup_ids) AND NOT s.awaits_click
"""
_WAS_CONFIRMED = """(SELECT jsonb_build_object('was_confirmed', m.before = 'confirmed')
                       FROM signup_move m WHERE m.signup_id = s.id ORDER BY m.id DESC LIMIT 1)"""
_TO_COORDINATORS = f"""
SELECT s.id AS subject_id, r.recipient_id, {_NOTHING_MORE}
  FROM signup s JOIN activity a ON a.id = s.activity_id JOIN LATERAL ({COORDINATORS}) r ON true
 WHERE s.id = ANY(:signup_ids)
"""
_TO_PERSONS = f"""
SELECT CAST(:subject_id AS bigint) AS subject_id, p.id AS recipient_id, {_NOTHING_MORE}
  FROM person p WHERE p.id = ANY(:person_ids)
"""


def _statement(told: str) -> sa.TextClause:
    return sa.text(_WRITE.replace("{told}", told)).bindparams(
        sa.bindparam("payload", type_=JSONB),
        sa.bindparam("expires_at", type_=sa.DateTime(timezone=True)),
        sa.bindparam("read_at", type_=sa.DateTime(timezone=True)),
    )


_SIGNUPS = _statement(_ABOUT_SIGNUPS.replace("{extra}", "'{}'::jsonb"))
_ENDED_SIGNUPS = _statement(_ABOUT_SIGNUPS.replace("{extra}", f"coalesce({_WAS_CONFIRMED}, '{{}}'::jsonb)"))
_COORDINATORS = _statement(_TO_COORDINATORS)
_PERSONS = _statement(_TO_PERSONS)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told: the kind, what makes this occasion different from another one, and the ids a message needs.

    `not_before` is when it leaves at the earliest, where that is later than the kind says.
    """

    kind: str
    occasion: object = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None
    not_before: datetime | None = None


def tell_about_signups(telling: Telling, signup_ids: Iterable[int]) -> int:
    """Write the message for everybody who is to hear about these signups; return how many mails will leave."""
    return _write(_SIGNUPS, telling, "signup", {"signup_ids": list(signup_ids), **ages()})


def tell_about_ended_signups(telling: Telling, signup_ids: Iterable[int]) -> int:
    """As `tell_about_signups`, noting besides whether each signup had been confirmed (then a calendar has it)."""
    return _write(_ENDED_SIGNUPS, telling, "signup", {"signup_ids": list(signup_ids), **ages()})


def tell_coordinators(telling: Telling, signup_ids: Iterable[int]) -> int:
    """Write the message for the owners and coordinators of the activities of these signups."""
    return _write(_COORDINATORS, telling, "signup", {"signup_ids": list(signup_ids)})


def tell_persons(telling: Telling, subject_type: str, subject_id: int, person_ids: Iterable[int]) -> int:
    """Write the message about a subject for these persons."""
    return _write(_PERSONS, telling, subject_type, {"subject_id": subject_id, "person_ids": list(person_ids)})


def _write(statement: sa.TextClause, telling: Telling, subject_type: str, values: dict) -> int:
    message, now = MESSAGES[telling.kind], clock.now()
    leaves = max(earliest(message, now), telling.not_before or now)
    return (
        writing()
        .execute(
            statement,
            {
                "kind": telling.kind,
                "occasion": str(telling.occasion),
                "subject_type": subject_type,
                "payload": dict(telling.payload),
                "now": now,
                "not_before": leaves,
                "expires_at": telling.expires_at or leaves + message.max_age,
                # What is not shown on the site must not count as unread there.
                "read_at": None if message.in_inbox else now,
                **values_of(message),
                **({"tells_guardian": message.tells_guardian} if "adult_born_on" in values else {}),
                **values,
            },
        )
        .rowcount
    )


def values_of(message: type[Message]) -> dict[str, Any]:
    """Return what a kind says of itself, as the statements that write deliveries want it."""
    return {
        "urgency": message.urgency.value,
        "priority": int(message.priority),
        "category": message.category.value,
        "can_switch_off": message.can_switch_off,
        "folds": message.folds,
        "default_mode": DEFAULT_MODES.get(message.category, Mode.NOW).value,
    }


def earliest(message: type[Message], now: datetime) -> datetime:
    """Return when a message written now may leave: critical kinds at once, others when people are awake."""
    return now if message.urgency is Urgency.CRITICAL else after_quiet(now)
