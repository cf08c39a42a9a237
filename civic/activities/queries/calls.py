"""Whom an organisation is to telephone about a signup, and the calls that were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.activities.calls import CallOutcome
from civic.activities.policy import Action, Target, check_can
from civic.kernel.actor import Actor
from civic.kernel.db import session

# A yes asked for once more, after a meeting moved, is of somebody who was spoken to: their earlier call counts.
_CALLS = """FROM guardian_call k JOIN authorisation b ON b.id = k.authorisation_id
            WHERE b.signup_id = y.signup_id AND b.guardian_id = y.guardian_id"""
# Of the signup `s`: the activity asks for a call, and somebody whose yes stands was not heard to confirm it.
AWAITS_CALL = f"""(s.needs_authorisation AND EXISTS (
       SELECT FROM activity z JOIN authorisation y ON y.signup_id = s.id
        WHERE z.id = s.activity_id AND z.asks_call AND y.answer = 'granted' AND y.withdrawn_at IS NULL
          AND NOT EXISTS (SELECT {_CALLS} AND k.outcome = 'confirmed')))"""
_TO_CALL = sa.text(f"""
SELECT g.public_id, coalesce(y.answered_name, trim(g.given_name || ' ' || g.family_name)), g.phone, coalesce(c.email, g.email),
       y.answered_at, (SELECT json_agg(json_build_object('called_at', k.called_at, 'outcome', k.outcome) ORDER BY k.id) {_CALLS})
  FROM signup s
  JOIN authorisation y ON y.signup_id = s.id AND y.answer = 'granted' AND y.withdrawn_at IS NULL
  JOIN person g ON g.id = y.guardian_id
  LEFT JOIN account c ON c.person_id = g.id
 WHERE s.public_id = :signup
 ORDER BY y.id
""")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was made."""

    called_at: datetime
    outcome: CallOutcome


@dataclass(frozen=True, slots=True)
class ToCall:
    """Somebody whose yes stands, how to reach them, and the calls made about it, the first first."""

    guardian: str
    name: str
    phone: str | None
    email: str | None
    answered_at: datetime
    calls: tuple[Call, ...]

    @property
    def is_confirmed(self) -> bool:
        """Whether they were heard to confirm their yes."""
        return any(call.outcome is CallOutcome.CONFIRMED for call in self.calls)


def list_to_call(actor: Actor, signup_public_id: str, organisation_id: int) -> list[ToCall]:
    """Return whose yes to the signup stands, for who may reach people at the organisation, the first first."""
    check_can(actor, Action.REACH_PARTICIPANTS, Target(organisation_id=organisation_id))
    rows = session().execute(_TO_CALL, {"signup": signup_public_id})
    return [ToCall(*row[:-1], calls=tuple(map(_call, row[-1] or ()))) for row in rows]


def _call(made: dict) -> Call:
    return Call(datetime.fromisoformat(made["called_at"]), CallOutcome(made["outcome"]))
