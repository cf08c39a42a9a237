"""What a message about a person is made from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person, who answers for them, and what others agreed to for them that still counts.

    When a consent was given; what was authorised when, of activities that are not over.
    """

    id: int
    given_name: str
    birth_on: date | None
    guardians: Sequence[int]
    consents: tuple[datetime, ...]
    authorisations: tuple[tuple[str, datetime], ...]


_PERSONS = sa.text("""
SELECT w.id, w.given_name, w.birth_on,
       ARRAY(SELECT g.guardian_id FROM guardianship g WHERE g.ward_id = w.id AND g.ended_at IS NULL) AS guardians,
       ARRAY(SELECT c.given_at FROM consent c
              WHERE c.person_id = w.id AND c.given_by_id <> w.id AND c.withdrawn_at IS NULL ORDER BY c.id) AS consents,
       (SELECT json_agg(json_build_array(a.title, h.answered_at) ORDER BY h.id)
          FROM authorisation h JOIN signup s ON s.id = h.signup_id JOIN activity a ON a.id = s.activity_id
         WHERE s.person_id = w.id AND h.answer = 'granted' AND h.withdrawn_at IS NULL
           AND a.state <> 'cancelled' AND (a.ends_at IS NULL OR a.ends_at > :now)) AS authorisations
  FROM person w WHERE w.id = ANY(:ids) AND w.erased_at IS NULL
""")


def about_persons(ids: Collection[int]) -> dict[int, PersonFacts]:
    """Return what is known of these persons, by id; who was erased is not among them."""
    if not ids:
        return {}
    found = {}
    for row in session().execute(_PERSONS, {"ids": sorted(ids), "now": clock.now()}):
        authorised = tuple((title, datetime.fromisoformat(at)) for title, at in row.authorisations or ())
        found[row.id] = PersonFacts(row.id, row.given_name, row.birth_on, row.guardians, tuple(row.consents), authorised)
    return found
