"""Reminders: rows written when their time has come, all in one statement, once for each key however often it runs."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from civic.activities.services.setting_reminders import STANDARD, Reminding
from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications import quiet
from civic.notifications.catalogue import MESSAGES
from civic.notifications.routing import RECIPIENTS, ages
from civic.notifications.writing import ONCE, WRITTEN, earliest, values_of

_FURTHEST = timedelta(days=14) + timedelta(days=1, hours=12)

# Only meetings that begin soon are looked at. A day before is the same hour on the wall clock, whatever the clocks did in
# between; a moment in quiet hours goes to the evening before. Of the leads of a meeting that are due, the latest counts,
# and only if there was a sign-up before it fell due. The key holds the version: a meeting that moved is another one.
# Whether one still comes is asked about the first meeting of a course and not about each. An activity has its own reminders,
# or those of all.
_WRITE = sa.text(f"""
WITH leads AS (
  SELECT * FROM unnest(CAST(:days AS int[]), CAST(:hours AS int[]), CAST(:asks AS boolean[])) AS l(days, hours, asks)),
local AS (
  SELECT o.id, o.activity_id, o.version, o.starts_at, l.asks, l.text,
         CASE WHEN l.days > 0 THEN l.days || 'd' ELSE l.hours || 'h' END AS name,
         (o.starts_at - make_interval(hours => l.hours)) AT TIME ZONE 'Europe/Rome' - make_interval(days => l.days) AS at
    FROM occurrence o
    CROSS JOIN LATERAL (
      SELECT r.days::int, r.hours::int, r.asks, r.text FROM reminder_rule r WHERE r.activity_id = o.activity_id
      UNION ALL
      SELECT leads.days, leads.hours, leads.asks, '' FROM leads
       WHERE NOT EXISTS (SELECT FROM reminder_rule r WHERE r.activity_id = o.activity_id)) l
   WHERE o.state = 'scheduled' AND o.starts_at > :now AND o.starts_at <= :furthest),
due AS (
  SELECT local.*, CASE WHEN at::time < :wakes THEN at::date - 1 + CAST(:evening AS time)
                       WHEN at::time >= :sleeps THEN at::date + CAST(:evening AS time)
                       ELSE at END AT TIME ZONE 'Europe/Rome' AS due_at
    FROM local),
latest AS (
  SELECT DISTINCT ON (id) id AS occurrence_id, activity_id, version, starts_at, name, asks, text, due_at
    FROM due WHERE due_at <= :now ORDER BY id, due_at DESC, name),
told AS (
  SELECT latest.*, s.id AS signup_id, r.recipient_id,
         concat_ws(':', 'reminder', latest.name, s.id, r.recipient_id, latest.occurrence_id, latest.version) AS key
    FROM latest
    JOIN activity a ON a.id = latest.activity_id AND a.state = 'published'
    JOIN opening x ON x.activity_id = a.id AND (x.occurrence_id IS NULL OR x.occurrence_id = latest.occurrence_id)
    JOIN signup s ON s.opening_id = x.id AND s.state = 'confirmed' AND s.confirmed_at <= latest.due_at
    JOIN person w ON w.id = s.person_id
    JOIN LATERAL ({RECIPIENTS}) r ON true
   WHERE NOT latest.asks OR x.occurrence_id IS NOT NULL OR NOT EXISTS (
         SELECT FROM occurrence o
          WHERE o.activity_id = a.id AND o.state = 'scheduled' AND o.starts_at < latest.starts_at)),
{WRITTEN}
  SELECT 'reminder', told.recipient_id, 'signup', told.signup_id, told.key,
         jsonb_build_object('occurrence_id', told.occurrence_id, 'version', told.version, 'lead', told.name,
                            'asks', told.asks, 'text', told.text),
         :urgency, CASE WHEN :not_before < told.starts_at THEN :not_before ELSE :now END, told.starts_at, :now, NULL
    FROM told
   WHERE NOT EXISTS (SELECT FROM notification n WHERE n.dedupe_key = told.key)
{ONCE}""").bindparams(
    sa.bindparam("wakes", type_=sa.Time),
    sa.bindparam("sleeps", type_=sa.Time),
    sa.bindparam("evening", type_=sa.Time),
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("not_before", type_=sa.DateTime(timezone=True)),
)


def write_reminders() -> int:
    """Write every reminder that is due and not written yet; return how many mails will leave."""
    message, now = MESSAGES["reminder"], clock.now()
    return (
        writing()
        .execute(
            _WRITE,
            {
                "now": now,
                "furthest": now + _FURTHEST,
                "days": [one.days for one in STANDARD],
                "hours": [one.hours for one in STANDARD],
                "asks": [one.asks for one in STANDARD],
                "wakes": quiet.ENDS,
                "sleeps": quiet.BEGINS,
                "evening": quiet.EVENING,
                # Written in time, a reminder never falls into the night; one that comes late waits until the morning.
                "not_before": earliest(message, now),
                "tells_guardian": message.tells_guardian,
                **ages(),
                **values_of(message),
            },
        )
        .rowcount
    )


FRACTIONS = (("50", 0.5), ("85", 0.85))
"""At which parts of the time they have guardians are asked again."""

_ASK_AGAIN = sa.text(f"""
WITH fractions AS (
  SELECT * FROM unnest(CAST(:names AS text[]), CAST(:parts AS double precision[])) AS f(name, part)),
told AS (
  SELECT DISTINCT ON (h.id) h.id, h.signup_id, h.guardian_id AS recipient_id, k.id AS link_id, h.expires_at, f.name
    FROM authorisation h
    JOIN signup s ON s.id = h.signup_id AND s.state IN ('pending_guardian', 'waiting', 'offered', 'confirmed')
    JOIN activity a ON a.id = s.activity_id AND a.state = 'published'
    JOIN link k ON k.purpose = 'authorisation' AND k.subject_id = h.id AND k.used_at IS NULL
               AND k.person_id = h.guardian_id AND k.expires_at > :now
               -- What is printed on a sheet dies with the next printing: it is never mailed.
               AND NOT EXISTS (SELECT FROM block_pupil b WHERE b.sheet_link_id = k.id)
    CROSS JOIN fractions f
   WHERE h.answer IS NULL AND h.expires_at > :now
     AND h.asked_at + (h.expires_at - h.asked_at) * f.part <= :now
     AND k.created_at <= h.asked_at + (h.expires_at - h.asked_at) * f.part
   ORDER BY h.id, f.part DESC, k.id DESC),
{WRITTEN}
  SELECT 'authorisation_reminder', told.recipient_id, 'signup', told.signup_id,
         concat_ws(':', 'authorisation_reminder', told.name, told.id, told.recipient_id),
         jsonb_build_object('link_id', told.link_id), :urgency, :not_before, told.expires_at, :now, :now
    FROM told
   WHERE :not_before < told.expires_at
{ONCE}""").bindparams(
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("not_before", type_=sa.DateTime(timezone=True)),
)


def ask_guardians_again() -> int:
    """Write a reminder to every guardian who has let half, or most, of the time pass; return how many mails will leave."""
    message, now = MESSAGES["authorisation_reminder"], clock.now()
    values = {
        "now": now,
        "not_before": earliest(message, now),
        "names": [name for name, _part in FRACTIONS],
        "parts": [part for _name, part in FRACTIONS],
        **values_of(message),
    }
    return writing().execute(_ASK_AGAIN, values).rowcount


def due_at(starts_at: datetime, lead: Reminding) -> datetime:
    """Return when the reminder of a meeting falls due: what the statement says, for one meeting."""
    local = clock.to_rome(starts_at - timedelta(hours=lead.hours)).replace(tzinfo=None) - timedelta(days=lead.days)
    return quiet.before_quiet(clock.from_rome(local))
