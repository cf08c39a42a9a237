"""What a guardian has authorised."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from civic.accounts.rules import born_on_or_before
from civic.accounts.services import people
from civic.accounts.types import ADULT_AGE
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session

_GIVEN = sa.text("""
SELECT h.id, h.answer, h.answered_at, h.answered_name, h.withdrawn_at, h.text, s.public_id, s.state, s.person_id,
       w.given_name, w.family_name, a.title, a.slug, coalesce(o.ends_at, a.ends_at) AS ends_at,
       (s.person_id = ANY(:wards) OR (w.birth_on > :adult_born_on AND h.guardian_id = :me AND h.answer = 'granted'
                                      AND h.withdrawn_at IS NULL)) AS answers,
       h.guardian_id = ANY(:mine) AS is_own,
       (SELECT min(k.called_at) FROM guardian_call k WHERE k.authorisation_id = h.id AND k.outcome = 'confirmed') AS confirmed_at,
       (SELECT min(k.called_at) FROM guardian_call k WHERE k.authorisation_id = h.id AND k.outcome = 'denied') AS denied_at
  FROM authorisation h
  JOIN signup s ON s.id = h.signup_id
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE h.answer IN ('granted', 'refused') AND (h.guardian_id = :me OR s.person_id = ANY(:wards))
 ORDER BY h.answered_at DESC, h.id DESC
 LIMIT 200
""")


def list_authorisations_of(actor: Actor) -> list[Any]:
    """Return the answers given by the actor, or to signups of the young people they answer for, the latest first.

    `answers` says whether the actor still answers for the young person, or for this one signup; `is_own` whether the answer
    is theirs; `confirmed_at` and `denied_at` when they said so on the telephone, where they were called.
    """
    values = {
        "me": actor.person_id,
        "mine": list(session().scalars(people.as_whom_wrote(actor.person_id))),
        "wards": list(actor.wards),
        "adult_born_on": born_on_or_before(ADULT_AGE, clock.today()),
    }
    return list(session().execute(_GIVEN, values))


_ASKED = sa.text("""
SELECT DISTINCT ON (h.id) h.id, h.expires_at, w.given_name, a.title, k.id AS link_id
  FROM authorisation h
  JOIN signup s ON s.id = h.signup_id AND s.state IN ('pending_guardian', 'waiting', 'offered', 'confirmed')
  JOIN person w ON w.id = s.person_id
  JOIN activity a ON a.id = s.activity_id
  JOIN link k ON k.purpose = 'authorisation' AND k.subject_id = h.id AND k.person_id = h.guardian_id
             AND k.used_at IS NULL AND k.expires_at > :now
 WHERE h.guardian_id = :me AND h.answer IS NULL AND h.expires_at > :now
 ORDER BY h.id, k.id DESC
 LIMIT 50
""")


def list_asked_of(actor: Actor) -> list[Any]:
    """Return what the actor is asked as a guardian and has not answered, the oldest first, with the link that answers."""
    return list(session().execute(_ASKED, {"me": actor.person_id, "now": clock.now()}))
