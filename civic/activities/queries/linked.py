"""Signups seen through mailed links: what the page shows, and who may act through it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from civic.activities.models import Signup
from civic.activities.queries import guardians
from civic.activities.queries.yeses import HAS_A_YES, HAS_EVERY_YES
from civic.kernel import crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import NotFound

_PURPOSE = "signup"

_SIGNUP = sa.text(f"""
SELECT s.public_id, s.state, a.title, a.slug, a.kind, g.name AS organisation_name, w.given_name, w.family_name, w.birth_on,
       a.summary, a.contact, a.accessibility, x.role, p.name AS place_name, p.address AS place_address,
       q.name AS quartiere_name, q.code AS quartiere_code,
       coalesce(o.starts_at, a.starts_at) AS starts_at, coalesce(o.ends_at, a.ends_at) AS ends_at,
       (SELECT json_agg(json_build_object('starts_at', n.starts_at, 'ends_at', n.ends_at) ORDER BY n.starts_at)
          FROM occurrence n WHERE n.activity_id = a.id AND n.state = 'scheduled'
           AND (x.occurrence_id IS NULL OR x.occurrence_id = n.id)) AS meetings,
       h.expires_at, h.guardian_id, h.email AS guardian_email, s.needs_authorisation, a.authorisations_needed,
       a.asks_call,
       (s.needs_authorisation AND NOT {HAS_EVERY_YES}) AS lacks_yes, {HAS_A_YES} AS has_a_yes
  FROM signup s
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id
  JOIN organisation g ON g.id = a.organisation_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
  LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
  LEFT JOIN quartiere q ON q.id = p.quartiere_id
  LEFT JOIN LATERAL (SELECT h.expires_at, h.guardian_id, gp.email FROM authorisation h JOIN person gp ON gp.id = h.guardian_id
                      WHERE h.signup_id = s.id AND h.withdrawn_at IS NULL
                      ORDER BY h.answer IS NULL DESC, h.id DESC LIMIT 1) h ON true
 WHERE s.id = :signup_id
""")


def get_signup_of_link(signup_id: int) -> Any:
    """Return what a page behind a link shows of the signup."""
    row = session().execute(_SIGNUP, {"signup_id": signup_id}).one_or_none()
    if row is None:
        raise NotFound
    return row


def manage_token(public_id: str, person_id: int) -> str:
    """Return the token with which a person without an account sees and changes one signup."""
    return f"{public_id}-{person_id}-{crypto.sign(_PURPOSE, public_id, person_id)}"


def actor_of_token(token: str) -> tuple[Actor, str]:
    """Return the actor that the token stands for, and the signup it is about; NotFound where it is not ours.

    Being theirs is judged now: whose address was corrected, who said no, took it back or no longer answers, and whose
    ward is of age, is no longer let in.
    """
    public_id, _, rest = token.partition("-")
    number, _, signature = rest.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NotFound
    person_id = int(number)
    if not crypto.is_signed(signature, _PURPOSE, public_id, person_id):
        raise NotFound
    if session().scalar(sa.select(Signup.person_id).where(Signup.public_id == public_id)) == person_id:
        return Actor(person_id=person_id), public_id
    actor = guardians.with_ward(Actor(person_id=person_id), public_id)
    if not actor.wards:
        raise NotFound
    return actor, public_id
