"""Children nobody answered for: what was written of them does not stay."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import writing

TOLD_WITHIN = timedelta(hours=12)
"""The kind message about the refusal still needs the address: the data stay this long, and the job comes every hour."""

# A child under 14 without an account, whose every signup ended without a guardian's yes, and for whom nobody answers.
_UNANSWERED = sa.text("""
SELECT p.id FROM person p
 WHERE p.erased_at IS NULL AND p.birth_on > :born_after
   AND NOT EXISTS (SELECT FROM account c WHERE c.person_id = p.id)
   AND NOT EXISTS (SELECT FROM guardianship g WHERE g.ward_id = p.id)
   AND EXISTS (SELECT FROM signup s WHERE s.person_id = p.id)
   AND NOT EXISTS (
       SELECT FROM signup s WHERE s.person_id = p.id
          AND (s.state NOT IN ('declined', 'expired', 'cancelled')
               OR EXISTS (SELECT FROM authorisation h WHERE h.signup_id = s.id AND h.answer = 'granted')
               OR (SELECT max(m.at) FROM signup_move m WHERE m.signup_id = s.id) > :ended_before))
 ORDER BY p.id LIMIT 500 FOR UPDATE SKIP LOCKED
""")
# Who was asked and left nothing but an address: no name, no account, nobody else to answer for.
_ASKED = sa.text("""
UPDATE person g SET email = NULL, erased_at = :now
 WHERE g.erased_at IS NULL AND g.given_name = '' AND g.birth_on IS NULL
   AND g.id IN (SELECT h.guardian_id FROM authorisation h JOIN signup s ON s.id = h.signup_id WHERE s.person_id = ANY(:ids))
   AND NOT EXISTS (SELECT FROM account c WHERE c.person_id = g.id)
   AND NOT EXISTS (SELECT FROM authorisation h JOIN signup s ON s.id = h.signup_id
                    WHERE h.guardian_id = g.id AND NOT (s.person_id = ANY(:ids)))
""")
_CHILD = sa.text("""
UPDATE person SET given_name = '', family_name = '', birth_on = NULL, email = NULL, phone = NULL, erased_at = :now
 WHERE id = ANY(:ids)
""")
_NAMES = sa.text("""
UPDATE authorisation SET answered_name = NULL WHERE signup_id IN (SELECT id FROM signup WHERE person_id = ANY(:ids))
""")


def erase_unanswered_children() -> int:
    """Erase the data of children under 14 whose guardian said no or nothing; the counts stay. Return how many."""
    now = clock.now()
    today = clock.today()
    born_after = today.replace(year=today.year - 14, day=min(today.day, 28))
    values = {"born_after": born_after, "ended_before": now - TOLD_WITHIN}
    ids = list(writing().scalars(_UNANSWERED, values))
    if not ids:
        return 0
    writing().execute(_ASKED, {"ids": ids, "now": now})
    writing().execute(_NAMES, {"ids": ids})
    writing().execute(_CHILD, {"ids": ids, "now": now})
    for person_id in ids:
        audit.record(SYSTEM, "erase_unanswered_child", "person", person_id)
    return len(ids)
