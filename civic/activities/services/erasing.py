"""What was written of people does not stay once nobody agrees to it, or a year after: names go, counts stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import writing

TOLD_WITHIN = timedelta(hours=12)
"""The kind message about a refusal still needs the address: the data stay this long, and the job comes every hour."""
KEPT_AFTER_ACTIVITY = timedelta(days=365)
REGISTRATION_WAITS = timedelta(days=7)
TIME_AT_18 = timedelta(days=30)
"""Who is of age decides alone, and is told so: this long what others answered for still stays for that alone."""

# An account closed by its owner is none; one that waits for its address, or that an administrator shut, is.
_HAS_ACCOUNT = """EXISTS (SELECT FROM account c WHERE c.person_id = {person}
                            AND (c.confirmed_at IS NOT NULL OR c.disabled_at IS NULL))"""
_ANSWERS_FOR_SOMEBODY = """EXISTS (SELECT FROM guardianship g JOIN person w ON w.id = g.ward_id
                                    WHERE g.guardian_id = p.id AND g.ended_at IS NULL AND w.erased_at IS NULL
                                      AND w.birth_on > :grown_born_on)"""

# Nobody agrees, any more or ever, to the use of their data: newcomers who never clicked, children nobody said yes for,
# who took the consent back; and then the contacts that were written for them alone.
_NOT_AGREED = sa.text(f"""
SELECT p.id FROM person p
 WHERE p.erased_at IS NULL AND p.created_at <= :before AND NOT {_HAS_ACCOUNT.format(person="p.id")}
   AND NOT EXISTS (SELECT FROM consent c WHERE c.person_id = p.id AND c.withdrawn_at IS NULL)
   AND NOT EXISTS (SELECT FROM link k WHERE k.person_id = p.id AND k.used_at IS NULL AND k.expires_at > :now)
   AND NOT EXISTS (SELECT FROM guardianship g WHERE g.ward_id = p.id AND g.ended_at IS NULL AND p.birth_on > :grown_born_on)
   AND NOT {_ANSWERS_FOR_SOMEBODY}
   AND NOT EXISTS (SELECT FROM authorisation h JOIN signup s ON s.id = h.signup_id JOIN person w ON w.id = s.person_id
                    WHERE h.guardian_id = p.id AND w.erased_at IS NULL)
   AND NOT EXISTS (
       SELECT FROM signup s JOIN activity a ON a.id = s.activity_id
        WHERE s.person_id = p.id AND coalesce(a.ends_at, :now) > :before
          AND (s.state NOT IN ('declined', 'expired', 'cancelled')
               OR (SELECT max(m.at) FROM signup_move m WHERE m.signup_id = s.id) > :before))
   AND NOT EXISTS (SELECT FROM authorisation h JOIN signup s ON s.id = h.signup_id
                    WHERE s.person_id = p.id AND h.answer = 'granted' AND h.withdrawn_at IS NULL)
 ORDER BY p.id LIMIT 500 FOR UPDATE OF p SKIP LOCKED
""")
# People without an account, who took part or authorised, a year after the last activity; a child of a family that has an
# account stays in it until of age, though it never took part, and who answers for somebody goes after them.
_LONG_OVER = sa.text(f"""
SELECT p.id FROM person p
 WHERE p.erased_at IS NULL AND NOT {_HAS_ACCOUNT.format(person="p.id")}
   AND (EXISTS (SELECT FROM signup s WHERE s.person_id = p.id) OR EXISTS (SELECT FROM authorisation h WHERE h.guardian_id = p.id)
        OR (p.birth_on <= :grown_born_on AND EXISTS (SELECT FROM guardianship g WHERE g.ward_id = p.id)))
   AND NOT EXISTS (SELECT FROM signup s JOIN activity a ON a.id = s.activity_id
                    WHERE s.person_id = p.id AND coalesce(a.ends_at, a.updated_at) > :before)
   AND NOT EXISTS (SELECT FROM authorisation h JOIN signup s ON s.id = h.signup_id JOIN activity a ON a.id = s.activity_id
                    WHERE h.guardian_id = p.id AND coalesce(a.ends_at, a.updated_at) > :before)
   AND NOT EXISTS (SELECT FROM guardianship g WHERE g.ward_id = p.id AND g.ended_at IS NULL AND p.birth_on > :grown_born_on
                      AND {_HAS_ACCOUNT.format(person="g.guardian_id")})
   AND NOT {_ANSWERS_FOR_SOMEBODY}
 ORDER BY p.id LIMIT 500 FOR UPDATE OF p SKIP LOCKED
""")
_NEVER_CONFIRMED = sa.text("""
SELECT c.person_id FROM account c
 WHERE c.confirmed_at IS NULL AND c.disabled_at IS NULL AND c.created_at <= :before
   AND NOT EXISTS (SELECT FROM link k WHERE k.purpose = 'confirm_address' AND k.subject_id = c.id
                      AND k.used_at IS NULL AND k.expires_at > :now)
 ORDER BY c.id FOR UPDATE OF c
""")
# An account that was closed and registered anew has been somebody's: its ended sessions are still there.
_DELETE_ACCOUNTS = (
    sa.text("DELETE FROM user_session WHERE account_id IN (SELECT id FROM account WHERE person_id = ANY(:ids))"),
    sa.text("DELETE FROM recovery_code WHERE account_id IN (SELECT id FROM account WHERE person_id = ANY(:ids))"),
    sa.text("DELETE FROM account WHERE person_id = ANY(:ids)"),
)
_ERASE = (
    sa.text("UPDATE age_exception e SET reason = '' FROM signup s WHERE s.id = e.signup_id AND s.person_id = ANY(:ids)"),
    sa.text("UPDATE referral r SET service = '', reason = '' FROM signup s WHERE s.id = r.signup_id AND s.person_id = ANY(:ids)"),
    sa.text("UPDATE authorisation h SET answered_name = NULL FROM signup s WHERE s.id = h.signup_id AND s.person_id = ANY(:ids)"),
    sa.text("UPDATE guardianship SET ended_at = :now WHERE ward_id = ANY(:ids) AND ended_at IS NULL"),
    *(
        sa.text(f"DELETE FROM {table} n USING signup s WHERE s.id = n.signup_id AND s.person_id = ANY(:ids)")
        for table in ("health_note", "collection_note", "image_release", "departure")
    ),
    sa.text("DELETE FROM sibling n USING signup s WHERE s.id IN (n.signup_id, n.first_id) AND s.person_id = ANY(:ids)"),
    # That somebody agreed, and when, stays for as long as consents do; the words name the child.
    sa.text(
        "UPDATE care_consent k SET text = '', withdrawn_at = coalesce(k.withdrawn_at, :now) "
        "FROM signup s WHERE s.id = k.signup_id AND s.person_id = ANY(:ids)"
    ),
    sa.text(
        "DELETE FROM announcement_reply r USING signup s "
        "WHERE s.id = r.signup_id AND (r.author_id = ANY(:ids) OR s.person_id = ANY(:ids))"
    ),
    # Of a certificate the figures stay, which are nobody's without the file: its code can still be checked.
    sa.text("UPDATE certificate SET document = NULL, initials = '' WHERE person_id = ANY(:ids)"),
    *(sa.text(f"DELETE FROM {table} WHERE person_id = ANY(:ids)") for table in ("follow", "calendar_feed", "preference")),
    *_DELETE_ACCOUNTS,
    sa.text(
        "UPDATE person SET given_name = '', family_name = '', birth_on = NULL, email = NULL, phone = NULL, erased_at = :now "
        "WHERE id = ANY(:ids)"
    ),
)


def erase_not_agreed() -> int:
    """Erase people to whose data nobody agrees, some hours after they were last of use. Return how many."""
    return _erase_all(_NOT_AGREED, TOLD_WITHIN, "not_agreed")


def erase_long_over() -> int:
    """Erase people without an account a year after their last activity. Return how many."""
    return _erase_all(_LONG_OVER, KEPT_AFTER_ACTIVITY, "long_over")


def end_unconfirmed_registrations() -> int:
    """Delete registrations nobody confirmed within a week; whoever wrote them is erased with those who never agreed."""
    now = clock.now()
    ids = list(writing().scalars(_NEVER_CONFIRMED, {"now": now, "before": now - REGISTRATION_WAITS}))
    _execute(_DELETE_ACCOUNTS, ids, now)
    return len(ids)


def _erase_all(which: sa.TextClause, kept_for: timedelta, why: str) -> int:
    """Erase twice around: once the young are gone, nobody needs the contacts that answered for them."""
    erased, now = 0, clock.now()
    values = {"before": now - kept_for, "now": now, "grown_born_on": born_on_or_before(ADULT_AGE, clock.today() - TIME_AT_18)}
    for _ in range(2):
        ids = list(writing().scalars(which, values))
        if not ids:
            break
        _execute(_ERASE, ids, now)
        for person_id in ids:
            audit.record(SYSTEM, "erase_person", "person", person_id, why=why)
        erased += len(ids)
    return erased


def _execute(statements: Iterable[sa.TextClause], ids: list[int], now: datetime) -> None:
    for statement in statements:
        writing().execute(statement, {"ids": ids, "now": now})
