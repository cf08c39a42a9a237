"""What goes to very many at once: reminders as rows, digests as rows, and digests as mails."""

from __future__ import annotations

import time
from datetime import timedelta

import sqlalchemy as sa

from bench import town
from bench.report import Line, Report
from civic.kernel import clock
from civic.kernel.db import session, transaction, writing
from civic.kernel.i18n import use_language
from civic.notifications import digests, facts, mime, reminders
from civic.notifications.catalogue import MESSAGES

EACH = 4
COMPOSED = 5_000
BATCH = 50

_PEOPLE = sa.text("""
WITH made AS (
  INSERT INTO person (public_id, given_name, family_name, birth_on, email, language, created_at)
  SELECT 'bulk' || lpad(n::text, 12, '0'), 'Nome', 'Cognome', '1990-01-01', 'bulk' || n || '@bench.example', 'it', :now
    FROM generate_series(1, :count) n RETURNING id, email)
INSERT INTO account (person_id, email, confirmed_at, created_at) SELECT id, email, :now, :now FROM made
""")
_SIGNUPS = sa.text("""
INSERT INTO signup (public_id, opening_id, activity_id, person_id, state, priority, needs_authorisation, joined_at, confirmed_at)
SELECT 'bs' || p.public_id, x.id, x.activity_id, p.id, 'confirmed', 0, false, :long_ago, :long_ago
  FROM person p, opening x WHERE x.public_id = :opening AND p.public_id LIKE 'bulk%'
""")
_SOON = sa.text("""
UPDATE occurrence SET starts_at = :start, ends_at = CAST(:start AS timestamptz) + interval '2 hours'
 WHERE activity_id = (SELECT activity_id FROM opening WHERE public_id = :opening)
""")
_EVENTS = sa.text("""
WITH news AS (SELECT id FROM activity WHERE state = 'published' ORDER BY id LIMIT :each),
written AS (
  INSERT INTO notification (kind, recipient_id, subject_type, subject_id, dedupe_key, payload, urgency, not_before, created_at)
  SELECT 'new_match', p.id, 'news', news.id, 'new_match:' || news.id || ':' || p.id, '{"topics": ["kind:workshop"]}', 'normal',
         :long_ago, :long_ago
    FROM person p, news WHERE p.public_id LIKE 'bulk%' AND p.id % 2 = 0
  RETURNING id)
INSERT INTO delivery (notification_id, channel, state, message_id, priority, attempts, next_attempt_at)
SELECT id, 'email', 'digested', gen_random_uuid(), 2, 0, :long_ago FROM written
""")
_ROWS = sa.text("""
SELECT n.id AS notification_id, n.kind, n.subject_type, n.subject_id, n.payload, n.created_at, n.recipient_id, d.message_id,
       p.public_id AS person_public_id, p.given_name, p.language, c.email, true AS has_account
  FROM notification n JOIN delivery d ON d.notification_id = n.id JOIN person p ON p.id = n.recipient_id
  JOIN account c ON c.person_id = p.id
 WHERE n.kind = 'news_digest' ORDER BY n.id LIMIT :limit
""")


def measure(report: Report, count: int) -> None:
    """Write reminders for `count` people and digests for half as many, each of four messages; then compose some thousands."""
    now = clock.now()
    hot = town.open_workshop(5000)
    long_ago = now - timedelta(days=20)
    with transaction():
        writing().execute(_PEOPLE, {"count": count, "now": now})
        writing().execute(_SIGNUPS, {"opening": hot.opening, "long_ago": long_ago})
        writing().execute(_SOON, {"opening": hot.opening, "start": now + timedelta(hours=23)})
    town.analyse()
    report.add(_timed("due reminders become rows", reminders.write_reminders, count, 5.0))
    with transaction():
        writing().execute(_EVENTS, {"each": EACH, "long_ago": now - timedelta(days=8)})
    town.analyse()
    report.add(_timed(f"digests of {EACH} become rows", digests.write_digests, count // 2, 30.0))
    report.add(_compose(min(COMPOSED, count // 2)))


def _timed(what: str, write, wanted: int, most_seconds: float) -> Line:
    begin = time.perf_counter()
    with transaction():
        written = write()
    seconds = time.perf_counter() - begin
    is_good = written >= wanted and seconds <= most_seconds
    return Line(f"{written} {what}", f"{seconds:.2f} s", goal=f"<= {most_seconds} s", is_good=is_good)


def _compose(count: int) -> Line:
    """Read and render digests as the worker does before it hands them over, in one process."""
    rows = session().execute(_ROWS, {"limit": count}).all()
    begin, size = time.perf_counter(), 0
    for at in range(0, len(rows), BATCH):
        batch = rows[at : at + BATCH]
        known = digests.fold(batch, facts.load(batch))
        for row in batch:
            with use_language(row.language):
                size += len(mime.build(MESSAGES[row.kind](known[row.notification_id]), row.message_id, clock.now()))
    rate = len(rows) / (time.perf_counter() - begin)
    return Line(f"digests composed by a process ({size // max(1, len(rows))} bytes each)", f"{rate:.0f} /s", goal=">= 500 /s",
                is_good=rate >= 500)
