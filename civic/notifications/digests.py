"""Digests: what somebody wants once a day or once a week is gathered, everything since the last one, and sent as one mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session, writing
from civic.notifications.catalogue import DIGESTS, MESSAGES, folded_kinds
from civic.notifications.facts import Facts, load
from civic.notifications.kinds import Message
from civic.notifications.writing import DELIVER, NEW, WRITTEN, earliest, values_of

AT = time(8)
"""When a digest is made, Rome time: as people wake; the weekly one on Monday."""

# What was written before this morning, or before this Monday morning, and is in no digest yet: whether the last one is a day
# old or, because the clock stood still, three. The key makes the second of two that run at once write nothing and take nothing.
_WRITE = sa.text(f"""
WITH waiting AS (
  SELECT d.id, n.recipient_id, coalesce(f.mode, :default_mode) AS mode
    FROM delivery d
    JOIN notification n ON n.id = d.notification_id AND n.kind = ANY(:kinds) AND n.cancelled_at IS NULL
    LEFT JOIN preference f ON f.person_id = n.recipient_id AND f.category = :category
   WHERE d.state = 'digested' AND d.digest_id IS NULL
     AND n.created_at < CASE coalesce(f.mode, :default_mode) WHEN 'weekly' THEN CAST(:monday AS timestamptz) ELSE :morning END),
told AS (
  SELECT recipient_id, mode, concat_ws(':', CAST(:kind AS text), recipient_id,
         CASE mode WHEN 'weekly' THEN 'week-' || CAST(:week AS text) ELSE CAST(:day AS text) END) AS key
    FROM waiting GROUP BY recipient_id, mode),
{WRITTEN}
  SELECT :kind, told.recipient_id, 'person', told.recipient_id, told.key, jsonb_build_object('mode', told.mode), :urgency,
         :not_before, :expires_at, :now, :now
    FROM told
{NEW},
taken AS (
  UPDATE delivery d SET digest_id = written.id, final_at = :now
    FROM waiting JOIN written ON written.recipient_id = waiting.recipient_id
   WHERE d.id = waiting.id)
{DELIVER}""").bindparams(
    *(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("now", "morning", "monday", "not_before", "expires_at"))
)
_FOLDED = sa.text("""
SELECT d.digest_id, n.id AS notification_id, n.kind, n.subject_type, n.subject_id, n.payload, n.created_at, n.recipient_id,
       p.public_id AS person_public_id, p.given_name, p.language, coalesce(c.email, p.email) AS email,
       (c.confirmed_at IS NOT NULL AND c.disabled_at IS NULL) AS has_account
  FROM delivery d JOIN notification n ON n.id = d.notification_id
  JOIN person p ON p.id = n.recipient_id LEFT JOIN account c ON c.person_id = p.id
 WHERE d.digest_id = ANY(:ids) AND d.state = 'digested' AND n.cancelled_at IS NULL
 ORDER BY n.created_at, n.id
""")


def write_digests() -> int:
    """Make every digest whose hour has come; return how many mails will leave."""
    return sum(_write(kind) for kind in DIGESTS)


def folded_rows(digest_ids: Iterable[int]) -> list[Any]:
    """Return what these digests gather, in the order in which it happened."""
    ids = sorted(digest_ids)
    return list(session().execute(_FOLDED, {"ids": ids})) if ids else []


def fold(rows: Sequence[Any], known: dict[int, Facts]) -> dict[int, Facts]:
    """Return the facts of `rows` with what each digest among them gathers, read together."""
    ids = [row.notification_id for row in rows if row.kind in DIGESTS]
    if not ids:
        return known
    inner = folded_rows(ids)
    theirs = load(inner)
    gathered: dict[int, list[Message]] = {id_: [] for id_ in ids}
    for row in inner:
        gathered[row.digest_id].append(MESSAGES[row.kind](theirs[row.notification_id]))
    return known | {id_: replace(known[id_], folded=tuple(messages)) for id_, messages in gathered.items()}


def _write(kind: str) -> int:
    message, now = MESSAGES[kind], clock.now()
    morning, monday = last_morning(now), last_monday(now)
    year, week, _day = clock.to_rome(monday).isocalendar()
    leaves = earliest(message, now)
    values = {
        "kind": kind,
        "kinds": folded_kinds(message.category),
        "morning": morning,
        "monday": monday,
        "day": clock.to_rome(morning).date().isoformat(),
        "week": f"{year}-{week}",
        "now": now,
        "not_before": leaves,
        "expires_at": leaves + message.max_age,
        **values_of(message),
    }
    return writing().execute(_WRITE, values).rowcount


def last_morning(now: datetime) -> datetime:
    """Return the hour of digests that came last, on the wall clock of Rome."""
    day = clock.to_rome(now).date()
    morning = clock.from_rome(datetime.combine(day, AT))
    return morning if morning <= now else clock.from_rome(datetime.combine(day - timedelta(days=1), AT))


def last_monday(now: datetime) -> datetime:
    """Return the hour of weekly digests that came last."""
    day = clock.to_rome(last_morning(now)).date()
    return clock.from_rome(datetime.combine(day - timedelta(days=day.weekday()), AT))

