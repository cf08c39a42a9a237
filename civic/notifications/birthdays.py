"""Birthdays that change who decides: at 14 on one's data, at 18 on everything. Told once, in the days after."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ACCOUNT_AGE, ADULT_AGE
from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications.catalogue import MESSAGES
from civic.notifications.writing import ONCE, WRITTEN, earliest, values_of

TOLD_WITHIN = timedelta(days=7)
"""A job that stood still makes up for the days it missed, and older birthdays are let pass."""

_CAN_HEAR = "(w.email IS NOT NULL OR EXISTS (SELECT FROM account k WHERE k.person_id = w.id))"
_CONSENTED_FOR = "EXISTS (SELECT FROM consent c WHERE c.person_id = w.id AND c.given_by_id <> w.id AND c.withdrawn_at IS NULL)"
# At 14 who answers for the young person hears of it as well; at 18 nobody else hears anything any more,
# but where there is no address of the new adult: then who answered last is asked to pass on what changes.
# Who signed on paper answers for one sign-up alone, and hears of no birthday.
_AT_14 = f"""
SELECT w.id AS subject_id, r.recipient_id
  FROM person w JOIN LATERAL (
       SELECT w.id AS recipient_id
       UNION SELECT g.guardian_id FROM guardianship g WHERE g.ward_id = w.id AND g.ended_at IS NULL) r ON true
 WHERE (EXISTS (SELECT FROM guardianship g WHERE g.ward_id = w.id AND g.ended_at IS NULL) OR {_CONSENTED_FOR})"""
_AT_18 = f"""
SELECT w.id AS subject_id, w.id AS recipient_id
  FROM person w
 WHERE {_CAN_HEAR}
   AND (EXISTS (SELECT FROM guardianship g WHERE g.ward_id = w.id AND g.ended_at IS NULL)
        OR {_CONSENTED_FOR}
        OR EXISTS (SELECT FROM authorisation h JOIN signup s ON s.id = h.signup_id
                    WHERE s.person_id = w.id AND h.answer = 'granted' AND h.withdrawn_at IS NULL))"""
_AT_18_GUARDIAN = f"""
SELECT w.id AS subject_id, r.recipient_id
  FROM person w JOIN LATERAL (
       SELECT g.guardian_id AS recipient_id
         FROM guardianship g JOIN person p ON p.id = g.guardian_id LEFT JOIN account c ON c.person_id = p.id
        WHERE g.ward_id = w.id AND g.ended_at IS NULL AND coalesce(c.email, p.email) IS NOT NULL
        ORDER BY greatest(g.created_at,
                 (SELECT max(y.given_at) FROM consent y WHERE y.person_id = w.id AND y.given_by_id = p.id),
                 (SELECT max(h.answered_at) FROM authorisation h JOIN signup s ON s.id = h.signup_id
                   WHERE s.person_id = w.id AND h.guardian_id = p.id AND h.answer IN ('granted', 'refused'))) DESC, g.id DESC
        LIMIT 1) r ON true
 WHERE NOT {_CAN_HEAR}"""
_WRITE = """
WITH told AS ({told} AND w.erased_at IS NULL AND w.birth_on <= :born_by AND w.birth_on > :born_after),
{written}
  SELECT :kind, told.recipient_id, 'person', told.subject_id,
         concat_ws(':', CAST(:kind AS text), told.subject_id, told.recipient_id),
         '{{}}'::jsonb, :urgency, :not_before, :expires_at, :now, NULL
    FROM told
{once}"""


def _statement(told: str) -> sa.TextClause:
    return sa.text(_WRITE.format(told=told, written=WRITTEN, once=ONCE)).bindparams(
        *(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("now", "not_before", "expires_at"))
    )


_BIRTHDAYS = (
    ("turned_fourteen", ACCOUNT_AGE, _statement(_AT_14)),
    ("turned_eighteen", ADULT_AGE, _statement(_AT_18)),
    ("ward_turned_eighteen", ADULT_AGE, _statement(_AT_18_GUARDIAN)),
)


def tell_of_birthdays() -> int:
    """Write to those who have turned 14 or 18 these days what changes for them; return how many mails will leave."""
    return sum(_tell(kind, age, statement) for kind, age, statement in _BIRTHDAYS)


def _tell(kind: str, age: int, statement: sa.TextClause) -> int:
    message, now, today = MESSAGES[kind], clock.now(), clock.today()
    values = {
        "kind": kind,
        "born_by": born_on_or_before(age, today),
        "born_after": born_on_or_before(age, today - TOLD_WITHIN),
        "now": now,
        "not_before": earliest(message, now),
        "expires_at": now + message.max_age,
        **values_of(message),
    }
    return writing().execute(statement, values).rowcount
