"""What was answered to announcements: as a family reads it, as the organisation does, and as who watches over minors does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from civic.announcements.types import STATES
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.safeguarding.policy import Action, check_can

READERS = 2
PER_PAGE = 20

_AUDIENCES = " OR ".join(
    f"(n.audience = '{audience.value}' AND s.state IN ({', '.join(sorted(repr(str(state.value)) for state in states))}))"
    for audience, states in STATES.items()
)
# Since they signed up: `joined_at` is the turn in the queue, which a draw or a missed offer sets anew.
_REACHING = sa.text(f"""
SELECT n.id, n.text, n.created_at
  FROM signup s JOIN announcement n ON n.activity_id = s.activity_id
  JOIN LATERAL (SELECT min(at) AS at FROM signup_move WHERE signup_id = s.id) m ON true
 WHERE s.id = :signup_id AND NOT s.awaits_click AND n.created_at >= m.at AND ({_AUDIENCES})
 ORDER BY n.created_at DESC, n.id DESC LIMIT 100
""")
_OWN = sa.text("""
SELECT r.announcement_id, r.text, r.created_at, r.handled_at
  FROM announcement_reply r WHERE r.signup_id = :signup_id AND r.author_id = :author_id ORDER BY r.created_at, r.id
""")
_READERS = sa.text("""
SELECT count(DISTINCT m.person_id) FROM membership m JOIN account c ON c.person_id = m.person_id
 WHERE m.organisation_id = :organisation_id AND m.ended_at IS NULL AND m.role IN ('owner', 'coordinator')
   AND c.confirmed_at IS NOT NULL AND c.disabled_at IS NULL
""")
_COLUMNS = """
SELECT r.id, r.announcement_id, s.person_id, r.text, r.created_at, r.handled_at, w.given_name, w.family_name, w.birth_on,
       r.author_id = s.person_id AS is_own, concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS author,
       concat_ws(' ', nullif(h.given_name, ''), nullif(h.family_name, '')) AS handler
  FROM announcement_reply r
  JOIN signup s ON s.id = r.signup_id
  JOIN person w ON w.id = s.person_id
  JOIN person p ON p.id = r.author_id
  LEFT JOIN person h ON h.id = r.handled_by_id
"""
_OF_ANNOUNCEMENTS = sa.text(f"{_COLUMNS} WHERE r.announcement_id = ANY(:ids) ORDER BY r.created_at, r.id LIMIT 2000")
_OPEN = sa.text("""
SELECT a.public_id, a.title, count(*) AS replies, min(r.created_at) AS since
  FROM announcement_reply r JOIN announcement n ON n.id = r.announcement_id JOIN activity a ON a.id = n.activity_id
 WHERE a.organisation_id = :organisation_id AND r.handled_at IS NULL
 GROUP BY a.id ORDER BY min(r.created_at) LIMIT 50
""")
_PAGE = """
SELECT n.id, n.activity_id, n.audience, n.text, n.told, n.created_at, a.title, g.name AS organisation_name,
       concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS author, count(*) OVER () AS total
  FROM announcement n JOIN activity a ON a.id = n.activity_id JOIN organisation g ON g.id = a.organisation_id
  JOIN person p ON p.id = n.created_by_id
 WHERE true {search}
 ORDER BY n.created_at DESC, n.id DESC LIMIT :limit OFFSET :offset
"""


def list_reaching(signup_id: int) -> Sequence[Any]:
    """Return the announcements (id, text, created_at) that this signup is in the audience of, newest first."""
    return session().execute(_REACHING, {"signup_id": signup_id}).all()


def list_own(actor: Actor, signup_id: int) -> Sequence[Any]:
    """Return what the actor answered about this signup, oldest first: what somebody else wrote is not theirs to read."""
    return session().execute(_OWN, {"signup_id": signup_id, "author_id": actor.person_id}).all()


def list_of_announcements(ids: Sequence[int]) -> Sequence[Any]:
    """Return the answers to these announcements, oldest first, with whom each is about and who saw to it."""
    return session().execute(_OF_ANNOUNCEMENTS, {"ids": list(ids)}).all() if ids else ()


def list_open(organisation_id: int) -> Sequence[Any]:
    """Return the organisation's activities with answers that nobody has seen to: how many, and since when."""
    return session().execute(_OPEN, {"organisation_id": organisation_id}).all()


def is_read_by_two(organisation_id: int) -> bool:
    """Whether at least two people with an account write for the organisation: one adult alone reads no answers."""
    return session().scalar(_READERS, {"organisation_id": organisation_id}) >= READERS


def list_watched(actor: Actor, text: str = "", page: int = 1) -> tuple[Sequence[Any], int]:
    """Return one page of all announcements whose organisation or activity has these words, newest first, and how many there are.

    For the safeguarding officer.
    """
    check_can(actor, Action.SEE_EVERYWHERE)
    values: dict[str, Any] = {"limit": PER_PAGE, "offset": (max(page, 1) - 1) * PER_PAGE}
    search = ""
    for number, word in enumerate(text.casefold().split()[:6]):
        search += f" AND strpos(lower(g.name || ' ' || a.title), :word{number}) > 0"
        values[f"word{number}"] = word
    rows = session().execute(sa.text(_PAGE.format(search=search)), values).all()
    if not rows and page > 1:
        return list_watched(actor, text, 1)
    return rows, (rows[0].total if rows else 0)
