"""The public lists: one statement each, whatever the filters and however many rows there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import sqlalchemy as sa

from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.kernel.db import fetch, session
from civic.kernel.ids import plain

PER_PAGE = 20
MOST_MEETINGS = 1_000
_SCOPES = ("organisation_id", "action_id", "initiative_id")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a visitor looks for; what is None or empty does not narrow the list."""

    kinds: tuple[ActivityKind, ...] = ()
    text: str = ""
    age: int | None = None
    quartiere: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    language: str | None = None
    only_free: bool = False
    organisation_id: int | None = None
    action_id: int | None = None
    initiative_id: int | None = None

    @property
    def count(self) -> int:
        """How many filters of the visitor's own are on."""
        chosen = (self.text, self.age, self.quartiere, self.from_day, self.to_day, self.language, self.only_free)
        within = (self.organisation_id, self.action_id, self.initiative_id)
        return sum(1 for value in (*chosen, *within) if value not in (None, "", False))


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity as it stands in a list: its next meeting, and how many places one may still come to, and are free.

    `waiting` is how many people wait where it is full.
    """

    slug: str
    kind: str
    title: str
    summary: str
    organisation_name: str
    organisation_slug: str
    place_name: str | None
    quartiere_name: str | None
    quartiere_code: str | None
    age_min: int | None
    age_max: int | None
    languages: list[str]
    next_starts_at: datetime
    occurrences_left: int
    capacity: int
    free: int
    waiting: int
    signup_opens_at: datetime | None
    signup_closes_at: datetime | None
    is_too_late: bool


# The places that one may still come to, of the kinds that the list is about: not those of a shift that has begun, or
# was cancelled, or closed its own sign-ups, nor of a course that is under way where late entry is not allowed.
# (The meeting of an opening is looked up: joined, every meeting there is would be read for each activity.)
_OPEN = """opening x WHERE x.activity_id = a.id AND x.closed_at IS NULL {of_kinds}
                   AND coalesce((SELECT least(o.starts_at, o.signup_closes_at) FROM occurrence o
                                  WHERE o.id = x.occurrence_id), a.last_entry_at) > :now"""
_PLACES = f"""
  JOIN LATERAL (SELECT coalesce(sum(x.capacity), 0) AS capacity, coalesce(sum(x.open_to_all - x.taken), 0) AS free
                  FROM {_OPEN}) places ON true"""
# Free and not closed: the window of the shift counts before that of the activity.
_FREE = _OPEN + """ AND x.taken < x.open_to_all
                   AND coalesce((SELECT o.signup_closes_at FROM occurrence o WHERE o.id = x.occurrence_id),
                                a.signup_closes_at, 'infinity') > :now"""
_OF_KINDS = "AND x.kind = ANY(:kinds)"
# A workshop in which hands are wanted stands among the volunteering as well.
_KINDS = f"(a.kind = ANY(:kinds) OR EXISTS (SELECT FROM {_OPEN}))".format(of_kinds=_OF_KINDS)

# First the twenty that are shown, then what is shown of those: nothing is added up for rows that nobody sees.
_LIST = """
WITH found AS (
SELECT a.id, a.slug, a.kind, a.title, a.summary, a.place_id, g.name AS organisation_name, g.slug AS organisation_slug,
       a.age_min, a.age_max, a.languages, next.starts_at AS next_starts_at, next.left_over AS occurrences_left, a.last_entry_at,
       a.signup_opens_at, a.signup_closes_at, count(*) OVER () AS total
  FROM activity a
  JOIN organisation g ON g.id = a.organisation_id AND g.state = 'verified' {joins}
  JOIN LATERAL (SELECT min(o.starts_at) AS starts_at, count(*) AS left_over FROM occurrence o
                 WHERE o.activity_id = a.id AND o.state = 'scheduled' AND o.ends_at > :now {dates}) next
       ON next.starts_at IS NOT NULL
 WHERE a.state = 'published' AND a.ends_at > :now {where}
 ORDER BY next.starts_at, a.id
 LIMIT :limit OFFSET :offset)
SELECT a.slug, a.kind, a.title, a.summary, a.organisation_name, a.organisation_slug, p.name AS place_name,
       q.name AS quartiere_name, q.code AS quartiere_code, a.age_min, a.age_max, a.languages, a.next_starts_at,
       a.occurrences_left, places.capacity, places.free,
       CASE WHEN places.free <= 0 THEN (SELECT count(*) FROM signup s JOIN opening x ON x.id = s.opening_id {of_kinds}
         WHERE s.activity_id = a.id AND s.state = 'waiting') ELSE 0 END AS waiting,
       a.signup_opens_at, a.signup_closes_at, a.last_entry_at <= :now AS is_too_late, a.total
  FROM found a""" + _PLACES + """
  LEFT JOIN place p ON p.id = a.place_id
  LEFT JOIN quartiere q ON q.id = p.quartiere_id
 ORDER BY a.next_starts_at, a.id
"""


def list_public(filters: Filters, page: int = 1, per_page: int = PER_PAGE) -> tuple[tuple[ActivityRow, ...], int]:
    """Return one page of the published activities that are not over, soonest first, and how many there are in all."""
    where, dates, values = _conditions(filters)
    statement = _statement(where, dates, _joins(filters), _OF_KINDS if filters.kinds else "")
    offset = (max(page, 1) - 1) * per_page
    rows = fetch(statement, {"now": clock.now(), "limit": per_page, "offset": offset, **values})
    if not rows and page > 1:
        return list_public(filters, 1, per_page)
    return tuple(ActivityRow(*row[:-1]) for row in rows), (rows[0].total if rows else 0)


@lru_cache(256)
def _statement(where: str, dates: str, joins: str, of_kinds: str) -> str:
    """Return the statement for these filters, in the driver's own words; there are few shapes, and each is made once."""
    statement = _LIST.format(where=where, dates=dates, joins=joins, of_kinds=of_kinds)
    return re.sub(r"(?<!:):([a-z_0-9]+)", r"%(\1)s", statement)


def _joins(filters: Filters) -> str:
    """Return the tables that the filters look into besides the activity's own."""
    return " JOIN place p ON p.id = a.place_id JOIN quartiere q ON q.id = p.quartiere_id" if filters.quartiere else ""


def _conditions(filters: Filters) -> tuple[str, str, dict]:
    """Return the SQL of the filters that are on; only fixed words of ours go into it, values are parameters."""
    clauses: list[str] = []
    dates: list[str] = []
    values: dict = {}

    def add(where: list[str], sql: str, **more: object) -> None:
        where.append("AND " + sql)
        values.update(more)

    if filters.kinds:
        add(clauses, _KINDS, kinds=[kind.value for kind in filters.kinds])
    if filters.text.strip():
        for number, word in enumerate(plain(filters.text).split()[:6]):
            text = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            add(clauses, f"(a.search_text LIKE :text{number} OR lower(g.name) LIKE :text{number})", **{f"text{number}": text})
    if filters.age is not None:
        sql = "coalesce(a.age_min, 0) <= :age AND :age <= coalesce(a.age_max, 999)"
        add(clauses, sql, age=filters.age)
    if filters.quartiere:
        add(clauses, "q.slug = :quartiere", quartiere=filters.quartiere)
    if filters.language:
        add(clauses, ":language = ANY(a.languages)", language=filters.language)
    if filters.only_free:
        add(clauses, f"EXISTS (SELECT FROM {_FREE})".format(of_kinds=_OF_KINDS if filters.kinds else ""))
    for name in _SCOPES:
        if getattr(filters, name) is not None:
            add(clauses, f"a.{name} = :{name}", **{name: getattr(filters, name)})
    if filters.from_day:
        add(dates, "o.starts_at >= :from_at", from_at=clock.rome_midnight(filters.from_day))
    if filters.to_day:
        add(dates, "o.starts_at < :to_at", to_at=clock.rome_midnight(filters.to_day + timedelta(days=1)))
    return " ".join(clauses), " ".join(dates), values


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One meeting in a month."""

    starts_at: datetime
    ends_at: datetime
    title: str
    slug: str
    kind: str
    place_name: str | None


_MEETINGS = """
SELECT o.starts_at, o.ends_at, a.title, a.slug, a.kind, p.name
  FROM occurrence o JOIN activity a ON a.id = o.activity_id AND a.state = 'published'
  JOIN organisation g ON g.id = a.organisation_id AND g.state = 'verified'
  LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
 WHERE o.state = 'scheduled' AND o.starts_at >= :begin AND o.starts_at < :end {where}
 ORDER BY o.starts_at, o.id LIMIT :limit
"""


def list_meetings(begin: datetime, end: datetime, **within: int) -> tuple[tuple[CalendarRow, ...], bool]:
    """Return the scheduled meetings of published activities that begin in [begin, end), and whether there are more.

    `within` narrows them to an organisation, action or initiative (`organisation_id=`, ...).
    """
    where = " ".join(f"AND a.{name} = :{name}" for name in _SCOPES if name in within)
    values = {"begin": begin, "end": end, "limit": MOST_MEETINGS + 1, **within}
    rows = session().execute(sa.text(_MEETINGS.format(where=where)), values).all()
    return tuple(CalendarRow(*row) for row in rows[:MOST_MEETINGS]), len(rows) > MOST_MEETINGS
