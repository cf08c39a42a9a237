"""The activities of one organisation as its desk lists them: one statement, whatever the filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import session
from civic.kernel.ids import plain

PER_PAGE = 20


class Shelf(StrEnum):
    """Which activities the desk shows."""

    COMING = "coming"
    DRAFTS = "drafts"
    PAST = "past"
    CANCELLED = "cancelled"


_WHERE = {
    Shelf.COMING: "a.state = 'published' AND a.ends_at > :now",
    Shelf.DRAFTS: "a.state = 'draft'",
    Shelf.PAST: "a.state = 'published' AND a.ends_at <= :now",
    Shelf.CANCELLED: "a.state = 'cancelled'",
}
_ORDER = {Shelf.COMING: "a.starts_at", Shelf.DRAFTS: "a.updated_at DESC", Shelf.PAST: "a.ends_at DESC"}
_COUNTS = "count(*) FILTER (WHERE {where}) AS {name}"
_LIST = """
SELECT a.public_id, a.title, a.kind, a.state, a.starts_at, a.ends_at, p.name AS place_name, places.capacity, places.taken,
       people.waiting, people.requested, people.guardians, count(*) OVER () AS total
  FROM activity a LEFT JOIN place p ON p.id = a.place_id
  JOIN LATERAL (SELECT coalesce(sum(x.capacity), 0) AS capacity, coalesce(sum(x.taken), 0) AS taken
                  FROM opening x WHERE x.activity_id = a.id) places ON true
  JOIN LATERAL (SELECT count(*) FILTER (WHERE s.state = 'waiting') AS waiting,
                       count(*) FILTER (WHERE s.state = 'requested' AND a.entry_mode <> 'draw') AS requested,
                       count(*) FILTER (WHERE s.state = 'pending_guardian') AS guardians
                  FROM signup s WHERE s.activity_id = a.id) people ON true
 WHERE a.organisation_id = :organisation_id AND {where} {search}
 ORDER BY {order} NULLS LAST, a.id LIMIT :limit OFFSET :offset
"""


@dataclass(frozen=True, slots=True)
class DeskRow:
    """An activity as the desk lists it."""

    public_id: str
    title: str
    kind: str
    state: str
    starts_at: datetime | None
    ends_at: datetime | None
    place_name: str | None
    capacity: int
    taken: int
    waiting: int
    requested: int
    guardians: int


def list_for_desk(
    organisation_id: int, shelf: Shelf, text: str = "", page: int = 1, per_page: int = PER_PAGE
) -> tuple[tuple[DeskRow, ...], int]:
    """Return one page of the organisation's activities on this shelf, and how many there are in all."""
    values: dict = {"organisation_id": organisation_id, "now": clock.now(), "limit": per_page}
    search = ""
    for number, word in enumerate(plain(text).split()[:6]):
        search += f" AND a.search_text LIKE :word{number}"
        values[f"word{number}"] = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    statement = _LIST.format(where=_WHERE[shelf], search=search, order=_ORDER.get(shelf, "a.updated_at DESC"))
    rows = session().execute(sa.text(statement), {**values, "offset": (max(page, 1) - 1) * per_page}).all()
    if not rows and page > 1:
        return list_for_desk(organisation_id, shelf, text, 1, per_page)
    return tuple(DeskRow(*row[:-1]) for row in rows), (rows[0].total if rows else 0)


def count_shelves(organisation_id: int) -> dict[Shelf, int]:
    """Return how many activities stand on each shelf."""
    counts = ", ".join(_COUNTS.format(where=where, name=shelf.value) for shelf, where in _WHERE.items())
    statement = sa.text(f"SELECT {counts} FROM activity a WHERE a.organisation_id = :organisation_id")
    row = session().execute(statement, {"organisation_id": organisation_id, "now": clock.now()}).one()
    return dict(zip(_WHERE, row, strict=True))
