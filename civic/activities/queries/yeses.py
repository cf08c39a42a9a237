"""The yeses of guardians to a signup, and whether it has every one it needs."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.kernel.db import session

# Of the signup `s`: yeses that stand. Who alone has parental responsibility says it for both.
HAS_A_YES = """EXISTS (SELECT FROM authorisation y
                 WHERE y.signup_id = s.id AND y.answer = 'granted' AND y.withdrawn_at IS NULL)"""
HAS_EVERY_YES = """EXISTS (SELECT FROM authorisation y JOIN activity z ON z.id = s.activity_id
                 WHERE y.signup_id = s.id AND y.answer = 'granted' AND y.withdrawn_at IS NULL
                HAVING bool_or(y.is_sole) OR count(DISTINCT y.guardian_id) >= min(z.authorisations_needed))"""
_YESES = sa.text("""
SELECT y.guardian_id, coalesce(y.answered_name, '') FROM authorisation y
 WHERE y.signup_id = :signup_id AND y.answer = 'granted' AND y.withdrawn_at IS NULL ORDER BY y.id
""")


@dataclass(frozen=True, slots=True)
class Yes:
    """A yes that stands: whose, and the name they wrote."""

    guardian_id: int
    name: str


def list_yeses(signup_id: int) -> list[Yes]:
    """Return the yeses to the signup that stand, the first first."""
    return [Yes(*row) for row in session().execute(_YESES, {"signup_id": signup_id})]
