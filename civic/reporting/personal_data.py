"""Everything the site knows of a person and of the young people they answer for, as plain values for a file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from civic.care.queries.departures import list_ways_home
from civic.care.queries.entrusted import list_entrusted
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session

_OF_PERSON = {
    "person": """
SELECT p.public_id, p.given_name, p.family_name, p.birth_on, p.email, p.phone, p.language, p.created_at
  FROM person p WHERE p.id = :person""",
    "consents": """
SELECT c.purpose, c.text, c.given_at, c.withdrawn_at, c.given_by_id = c.person_id AS given_in_person
  FROM consent c WHERE c.person_id = :person ORDER BY c.id""",
    "signups": """
SELECT s.public_id, a.title AS activity, a.slug, a.kind, x.role, s.state, s.joined_at, s.confirmed_at,
       s.is_referred AS sent_by_service_or_school, (SELECT e.code FROM draw_entry e WHERE e.signup_id = s.id) AS code_in_draw,
       (SELECT concat_ws(', ', k.name, b.label) FROM block_pupil n JOIN block b ON b.id = n.block_id
          JOIN organisation k ON k.id = b.organisation_id WHERE n.signup_id = s.id) AS named_by_class,
       coalesce(o.starts_at, a.starts_at) AS starts_at, coalesce(o.ends_at, a.ends_at) AS ends_at
  FROM signup s JOIN opening x ON x.id = s.opening_id JOIN activity a ON a.id = s.activity_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE s.person_id = :person ORDER BY s.id""",
    "signup_history": """
SELECT s.public_id AS signup, m.before, m.after, m.at, m.reason
  FROM signup_move m JOIN signup s ON s.id = m.signup_id WHERE s.person_id = :person ORDER BY m.id""",
    "authorisations": """
SELECT s.public_id AS signup, h.text, h.asked_at, h.answer, h.answered_at, h.answered_name,
       h.is_sole AS says_alone_responsible, h.withdrawn_at
  FROM authorisation h JOIN signup s ON s.id = h.signup_id WHERE s.person_id = :person ORDER BY h.id""",
    "telephone_calls": """
SELECT s.public_id AS signup, k.called_at, k.outcome
  FROM guardian_call k JOIN authorisation h ON h.id = k.authorisation_id JOIN signup s ON s.id = h.signup_id
 WHERE :person IN (s.person_id, h.guardian_id) ORDER BY k.id""",
    "attendance": """
SELECT s.public_id AS signup, o.starts_at, t.state, t.minutes, t.recorded_at
  FROM attendance t JOIN signup s ON s.id = t.signup_id JOIN occurrence o ON o.id = t.occurrence_id
 WHERE s.person_id = :person ORDER BY t.id""",
    "attendance_marks_one_by_one": """
SELECT s.public_id AS signup, o.starts_at, e.state, e.minutes, e.at, e.received_at
  FROM attendance_event e JOIN signup s ON s.id = e.signup_id JOIN occurrence o ON o.id = e.occurrence_id
 WHERE s.person_id = :person ORDER BY e.id""",
    "certificates": """
SELECT a.title AS activity, c.kind, c.year, c.number, c.code, c.minutes, c.scheduled_minutes, c.issued_at, c.revoked_at
  FROM certificate c JOIN activity a ON a.id = c.activity_id WHERE c.person_id = :person ORDER BY c.id""",
    "messages": """
SELECT n.kind, n.created_at, n.read_at, n.cancelled_at, d.channel, d.state, d.sent_at
  FROM notification n LEFT JOIN delivery d ON d.notification_id = n.id
 WHERE n.recipient_id = :person ORDER BY n.id, d.id""",
    "answers_to_announcements": """
SELECT s.public_id AS signup, r.text, r.created_at, r.handled_at
  FROM announcement_reply r JOIN signup s ON s.id = r.signup_id WHERE r.author_id = :person ORDER BY r.id""",
    "viewings_of_entrusted": """
SELECT s.public_id AS signup, v.record, v.in_full, v.viewed_at
  FROM care_viewing v JOIN signup s ON s.id = v.signup_id WHERE s.person_id = :person ORDER BY v.id""",
    "follows": """
SELECT f.topic, f.created_at FROM follow f WHERE f.person_id = :person ORDER BY f.topic""",
    "calendar_addresses": """
SELECT g.name AS organisation, f.created_at
  FROM calendar_feed f LEFT JOIN organisation g ON g.id = f.organisation_id WHERE f.person_id = :person ORDER BY f.id""",
    "message_choices": """
SELECT f.category, f.mode, f.changed_at FROM preference f WHERE f.person_id = :person ORDER BY f.category""",
}
_OF_ACCOUNT = {
    "account": """
SELECT a.email, a.created_at, a.confirmed_at, a.totp_confirmed_at AS authenticator_since
  FROM account a WHERE a.id = :account""",
    "sessions": """
SELECT u.agent, u.created_at, u.last_seen_at, u.expires_at, u.ended_at
  FROM user_session u WHERE u.account_id = :account ORDER BY u.id""",
    "roles": """
SELECT r.role, r.granted_at, r.ended_at FROM role_grant r WHERE r.person_id = :person ORDER BY r.id""",
    "memberships": """
SELECT g.name AS organisation, m.role, m.started_at, m.ended_at
  FROM membership m JOIN organisation g ON g.id = m.organisation_id WHERE m.person_id = :person ORDER BY m.id""",
    "certificates_declared": """
SELECT g.name AS organisation, d.outcome, d.issued_on, d.seen_on, d.valid_until, d.declared_at
  FROM safeguarding_declaration d JOIN organisation g ON g.id = d.organisation_id WHERE d.person_id = :person ORDER BY d.id""",
    "activities_conducted": """
SELECT a.title, a.slug, f.added_at FROM activity_facilitator f JOIN membership m ON m.id = f.membership_id
  JOIN activity a ON a.id = f.activity_id WHERE m.person_id = :person ORDER BY f.added_at, a.id""",
    "classes": """
SELECT a.title AS activity, g.name AS school, b.label, b.size, b.granted, b.asked_at, b.names_until, b.ended_at
  FROM block b JOIN activity a ON a.id = b.activity_id JOIN organisation g ON g.id = b.organisation_id
 WHERE :person IN (b.teacher_id, b.asked_by_id) ORDER BY b.id""",
    "young_people": """
SELECT p.public_id, h.relationship, h.created_at, h.ended_at
  FROM guardianship h JOIN person p ON p.id = h.ward_id WHERE h.guardian_id = :person ORDER BY h.id""",
    "changes_made": """
SELECT e.at, e.action, e.subject_type FROM audit_entry e WHERE e.actor_id = :person ORDER BY e.id""",
}


def collect_personal_data(actor: Actor) -> dict[str, Any]:
    """Return all that is known of the actor, and of each young person they answer for; of nobody else."""
    mine = {name: _rows(statement, actor.person_id, actor.account_id) for name, statement in (_OF_PERSON | _OF_ACCOUNT).items()}
    mine |= _entrusted(actor.person_id)
    wards = [
        {name: _rows(statement, ward, None) for name, statement in _OF_PERSON.items()} | _entrusted(ward)
        for ward in sorted(actor.wards)
    ]
    return {"written_at": clock.now().isoformat(), "me": mine, "young_people_i_answer_for": wards}


def _entrusted(person_id: int | None) -> dict[str, Any]:
    """Return what is kept encrypted, readable."""
    return {"entrusted": list_entrusted(person_id), "ways_home": list_ways_home(person_id)}


def _rows(statement: str, person_id: int, account_id: int | None) -> list[dict[str, Any]]:
    values = {"person": person_id, "account": account_id}
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    return [{key: _plain(value) for key, value in row.items()} for row in session().execute(sa.text(statement), used).mappings()]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
