"""What moving a meeting would do to the people who have a place, before it is done: the same rules, asked for the new day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from civic.activities.kinds import kind_of
from civic.activities.queries.facts import list_openings
from civic.activities.queries.newly_busy import BusyRow, list_newly_busy
from civic.activities.types import OpeningFacts, PersonFacts
from civic.kernel.db import session
from civic.kernel.errors import RuleBroken

_HOLDERS = sa.text("""
SELECT x.id AS opening_id, x.occurrence_id IS NULL AS is_whole, w.id, w.birth_on, w.email, c.id AS account_id, w.is_confided
  FROM occurrence m
  JOIN opening x ON x.activity_id = m.activity_id AND (x.occurrence_id IS NULL OR x.occurrence_id = m.id)
  JOIN signup s ON s.opening_id = x.id AND s.state IN ('unconfirmed', 'pending_guardian', 'confirmed', 'offered')
  JOIN person w ON w.id = s.person_id
  LEFT JOIN account c ON c.person_id = w.id
 WHERE m.id = :occurrence_id
""")
_OTHERS_BEGIN = sa.text("""
SELECT min(o.starts_at) FROM occurrence m
  JOIN occurrence o ON o.activity_id = m.activity_id AND o.id <> m.id AND o.state = 'scheduled'
 WHERE m.id = :occurrence_id
""")


@dataclass(frozen=True, slots=True)
class Effects:
    """How many have a place; who of them is busy at the new time; how many are of the wrong age, or need a yes, only then."""

    told: int
    busy: tuple[BusyRow, ...]
    wrong_age: int
    need_yes: int


def effects_of_move(
    occurrence_id: int, activity_id: int, old: tuple[datetime, datetime], new: tuple[datetime, datetime]
) -> Effects:
    """Return what happens where the meeting moves from `old` to `new` (start, end); whatever the number of people, four reads."""
    before = {one.id: one for one in list_openings(activity_id)}
    others = session().scalar(_OTHERS_BEGIN, {"occurrence_id": occurrence_id})
    first = min(others, new[0]) if others else new[0]
    holders = []
    for row in session().execute(_HOLDERS, {"occurrence_id": occurrence_id}):
        opening = before[row.opening_id]
        moved = replace(opening, starts_at=first if row.is_whole else new[0])
        holders.append((PersonFacts(*row[2:]), opening, moved))
    return Effects(
        told=len({person.id for person, _now, _then in holders}),
        busy=list_newly_busy(occurrence_id, old, new),
        wrong_age=_count(_may_come(person, now) and not _may_come(person, then) for person, now, then in holders),
        need_yes=_count(_needs_yes(person, then) and not _needs_yes(person, now) for person, now, then in holders),
    )


def _may_come(person: PersonFacts, opening: OpeningFacts) -> bool:
    try:
        kind_of(opening.kind).check_can_hold(person, opening)
    except RuleBroken:
        return False
    return True


def _needs_yes(person: PersonFacts, opening: OpeningFacts) -> bool:
    return kind_of(opening.kind).needs_authorisation(person, opening)


def _count(are: Iterable[bool]) -> int:
    return sum(1 for is_so in are if is_so)
