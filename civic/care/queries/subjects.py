"""The signup that something is entrusted for, and what is written for it, for those whose records they are."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.queries.guardians import SAID_YES
from civic.care.policy import may_see
from civic.care.queries.marks import SPAN
from civic.care.sealing import read_collection, read_health, read_release
from civic.care.types import Entrusted, Need, Subject
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import NotFound

_SUBJECT = sa.text(f"""
SELECT s.id, s.public_id, s.state, s.person_id, w.given_name, w.family_name, w.birth_on, x.kind, s.activity_id, a.title,
       g.name AS organisation_name, t.starts_at, t.ends_at, coalesce(q.needs, ARRAY[]::text[]) AS needs, {SAID_YES} AS answers
  FROM signup s
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id
  JOIN organisation g ON g.id = a.organisation_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
  LEFT JOIN health_question q ON q.activity_id = a.id
 {SPAN}
 WHERE s.public_id = :public_id
""")
_ENTRUSTED = sa.text("""
SELECT n.allergies, n.medication, n.support, c.leaves_alone, c.adults, r.channels, r.until
  FROM signup s
  LEFT JOIN health_note n ON n.signup_id = s.id
  LEFT JOIN collection_note c ON c.signup_id = s.id
  LEFT JOIN image_release r ON r.signup_id = s.id
 WHERE s.id = :signup_id
""")


def get_subject(actor: Actor, signup_public_id: str) -> Subject:
    """Return the signup for whose records they are today; NotFound for everybody else."""
    row = session().execute(_SUBJECT, {"public_id": signup_public_id, "person_id": actor.person_id}).one_or_none()
    if row is None:
        raise NotFound
    subject = Subject(*row[:-2], needs=tuple(Need(one) for one in row.needs), answers=row.answers)
    if not may_see(actor, subject, clock.today()):
        raise NotFound
    return subject


def read_entrusted(subject: Subject) -> Entrusted:
    """Return what is written for the signup; `get_subject` has said that it may be read."""
    row = session().execute(_ENTRUSTED, {"signup_id": subject.id}).one()
    return Entrusted(read_health(*row[:3]), read_collection(*row[3:5]), read_release(*row[5:]))
