"""Messages about sign-ups that did not arrive: whoever runs the activity has to call instead, and notes that it was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from civic.activities.policy import Action, Target, check_can
from civic.activities.queries.guardians import WHO_ANSWERS
from civic.activities.queries.participants import GuardianRow
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.notifications import facts
from civic.notifications.catalogue import MESSAGES
from civic.notifications.routing import ages
from civic.notifications.types import NOT_REACHED, Category, DeliveryState

REMEMBERED = timedelta(days=14)
MOST = 500

# What the members of the organisation are told is about its people, and not to them.
_TO_PEOPLE = [kind for kind, message in MESSAGES.items() if message.category is not Category.ORGANISATION]
_LOST = """
  FROM activity a
  JOIN signup s ON s.activity_id = a.id AND NOT s.awaits_click
  JOIN notification n ON n.subject_type = 'signup' AND n.subject_id = s.id AND n.cancelled_at IS NULL AND n.kind = ANY(:kinds)
  JOIN delivery d ON d.notification_id = n.id AND d.state = ANY(:states) AND d.told_at IS NULL AND d.final_at > :since
  JOIN person p ON p.id = n.recipient_id AND p.erased_at IS NULL
"""
_FAILURES = sa.text(f"""
SELECT a.public_id, a.title, count(DISTINCT n.recipient_id) AS people, max(d.final_at) AS latest {_LOST}
 WHERE a.organisation_id = :organisation_id AND coalesce(a.ends_at, a.updated_at) > :now
 GROUP BY a.id ORDER BY max(d.final_at) DESC LIMIT 20
""")
_COUNT = sa.text(f"SELECT count(DISTINCT n.recipient_id) {_LOST} WHERE a.id = :activity_id")
_IN_ACTIVITY = sa.text(f"""
SELECT s.public_id AS signup, w.given_name AS comes_given_name, w.family_name AS comes_family_name, w.birth_on, w.is_confided,
       w.id = p.id AS is_self, p.family_name, p.phone, d.state, d.final_at,
       n.id AS notification_id, n.kind, n.subject_type, n.subject_id, n.payload, n.created_at, n.recipient_id,
       p.public_id AS person_public_id, p.given_name, p.language, coalesce(c.email, p.email) AS email, true AS has_account,
       (SELECT json_agg(json_build_array(trim(g.given_name || ' ' || g.family_name), g.phone, coalesce(b.email, g.email))
                        ORDER BY g.id)
          FROM person g LEFT JOIN account b ON b.person_id = g.id
         WHERE w.id = p.id AND w.birth_on > :adult_born_on AND NOT w.is_confided AND g.erased_at IS NULL
           AND g.id IN ({WHO_ANSWERS})) AS guardians
{_LOST}
  JOIN person w ON w.id = s.person_id
  LEFT JOIN account c ON c.person_id = p.id
 WHERE a.id = :activity_id ORDER BY d.final_at DESC, d.id DESC LIMIT :most
""")
_TOLD = sa.text(f"""
UPDATE delivery SET told_at = :now WHERE id IN (
  SELECT d.id {_LOST} WHERE a.id = :activity_id AND s.public_id = :signup AND p.public_id = :person)
""")


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that did not arrive: what stood at its head, and why it did not."""

    heading: str
    state: DeliveryState
    at: datetime


@dataclass(frozen=True, slots=True)
class NotReached:
    """Somebody whom messages about a sign-up did not reach: who comes, or who answers for them.

    `guardians`: who else may be called, where it is a minor whom nobody at home must be kept from.
    """

    signup: str
    person: str
    is_self: bool
    name: str
    phone: str | None
    email: str | None
    comes_given_name: str
    comes_family_name: str
    birth_on: date | None
    is_confided: bool
    guardians: tuple[GuardianRow, ...]
    lost: tuple[Lost, ...]


def list_failures(organisation_id: int, now: datetime) -> tuple[Any, ...]:
    """Return the activities that are not over some of whose people a message could not reach lately."""
    return tuple(session().execute(_FAILURES, {"organisation_id": organisation_id, "now": now, **_values()}))


def count_not_reached(activity_id: int) -> int:
    """Return how many people of the activity a message could not reach, of whom nobody has noted that they were called."""
    return session().scalar(_COUNT, {"activity_id": activity_id, **_values()})


def list_not_reached(actor: Actor, activity_id: int, organisation_id: int, language: str) -> list[NotReached]:
    """Return them with how they are reached, for who may reach people at the organisation; what came last stands first."""
    check_can(actor, Action.REACH_PARTICIPANTS, Target(organisation_id=organisation_id))
    values = {"activity_id": activity_id, "most": MOST, "adult_born_on": ages()["adult_born_on"], **_values()}
    rows = session().execute(_IN_ACTIVITY, values).all()
    known = facts.load(rows, language)
    people: dict[tuple, list[Any]] = {}
    for row in rows:
        if MESSAGES[row.kind](known[row.notification_id]).is_theirs:
            people.setdefault((row.signup, row.person_public_id), []).append(row)
    return [_person(rows, known) for rows in people.values()]


def note_told(actor: Actor, activity_id: int, organisation_id: int, signup: str, person: str) -> int:
    """Note that somebody was told otherwise what did not reach them; return how many messages that was."""
    check_can(actor, Action.REACH_PARTICIPANTS, Target(organisation_id=organisation_id))
    values = {"activity_id": activity_id, "signup": signup, "person": person, "now": clock.now(), **_values()}
    told = writing().execute(_TOLD, values).rowcount
    if told:
        audit.record(actor, "tell_otherwise", "activity", activity_id, messages=told)
    return told


def _values() -> dict[str, Any]:
    states = [state.value for state in NOT_REACHED]
    return {"kinds": _TO_PEOPLE, "states": states, "since": clock.now() - REMEMBERED}


def _person(rows: Sequence[Any], known: dict[int, facts.Facts]) -> NotReached:
    row = rows[0]
    return NotReached(
        signup=row.signup,
        person=row.person_public_id,
        is_self=row.is_self,
        name=f"{row.given_name} {row.family_name}".strip(),
        phone=row.phone,
        email=row.email,
        comes_given_name=row.comes_given_name,
        comes_family_name=row.comes_family_name,
        birth_on=row.birth_on,
        is_confided=row.is_confided,
        guardians=tuple(GuardianRow(*one) for one in row.guardians or ()),
        lost=tuple(
            Lost(MESSAGES[one.kind](known[one.notification_id]).letter().heading, DeliveryState(one.state), one.final_at)
            for one in rows
        ),
    )
