"""Who receives what is told about a signup, by the age of who signed up; and who coordinates."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from civic.accounts import rules
from civic.accounts.types import ACCOUNT_AGE, ADULT_AGE
from civic.activities.queries.yeses import HAS_A_YES
from civic.kernel import clock
from civic.kernel.db import session
from civic.notifications.catalogue import MESSAGES

# Of the signup `s` by the person `w`. Under 14 only who answers for them; from 14 the young person, and besides them the
# guardian where the kind says so or there is no other address; from 18 the person alone. A guardian who has been asked
# and has not answered counts for a child under 14, who has nobody else: not beside one who has said yes.
RECIPIENTS = f"""
SELECT w.id AS recipient_id
 WHERE w.birth_on IS NULL OR w.birth_on <= :adult_born_on
    OR (w.birth_on <= :account_born_on
        AND (w.email IS NOT NULL OR EXISTS (SELECT FROM account own WHERE own.person_id = w.id)))
UNION
SELECT answers.guardian_id FROM (
    SELECT h.guardian_id FROM guardianship h WHERE h.ward_id = w.id AND h.ended_at IS NULL
    UNION ALL
    SELECT h.guardian_id FROM authorisation h
     WHERE h.signup_id = s.id AND h.withdrawn_at IS NULL
       AND (h.answer = 'granted'
            OR (w.birth_on > :account_born_on AND (h.answer IS NULL OR h.answer = 'expired') AND NOT {HAS_A_YES}))
 ) answers
 WHERE w.birth_on > :adult_born_on
   AND (:tells_guardian OR w.birth_on > :account_born_on
        OR (w.email IS NULL AND NOT EXISTS (SELECT FROM account own WHERE own.person_id = w.id)))
"""

COORDINATORS = """
SELECT m.person_id AS recipient_id FROM membership m
 WHERE m.organisation_id = a.organisation_id AND m.ended_at IS NULL AND m.role IN ('owner', 'coordinator')
"""


def ages(day: date | None = None) -> dict[str, date]:
    """Return the latest birth dates of those who are of age, and of those who may have an account, on `day`."""
    day = day or clock.today()
    return {
        "adult_born_on": rules.born_on_or_before(ADULT_AGE, day),
        "account_born_on": rules.born_on_or_before(ACCOUNT_AGE, day),
    }


_OF_SIGNUP = sa.text(f"""
SELECT r.recipient_id FROM signup s JOIN person w ON w.id = s.person_id JOIN LATERAL ({RECIPIENTS}) r ON true
 WHERE s.id = :signup_id ORDER BY r.recipient_id
""")


def recipients_for(signup_id: int, kind: str) -> list[int]:
    """Return the persons who are told about the signup by messages of `kind`."""
    values = {"signup_id": signup_id, "tells_guardian": MESSAGES[kind].tells_guardian, **ages()}
    return list(session().scalars(_OF_SIGNUP, values))
