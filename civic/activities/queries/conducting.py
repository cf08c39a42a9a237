"""Who conducts which activity, and what is known of their certificates: facts of the gate, of the desk and of the officer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from civic.accounts.types import ADULT_AGE
from civic.activities.types import GUARDED, LIVE
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import RuleBroken
from civic.safeguarding import rules
from civic.safeguarding.policy import Action, check_can
from civic.safeguarding.queries import LAST_DECLARATION, adult_of
from civic.safeguarding.types import Adult, Conducted

PER_PAGE = 20

_GUARDED = ", ".join(f"'{kind}'" for kind in sorted(GUARDED))
_LIVE = ", ".join(f"'{state}'" for state in sorted(LIVE))

# What `age_limits.admits_minors` says, of the activity `a`, or somebody not of age who was let in outside its ages; volunteers
# of any activity follow rules of their own.
FOR_MINORS = f"""(a.kind IN ({_GUARDED}) AND (a.age_min IS NULL OR a.age_min < {ADULT_AGE}
                  OR (a.age_basis = 'school_year' AND a.age_min = {ADULT_AGE})
                  OR EXISTS (SELECT FROM age_exception e JOIN signup s ON s.id = e.signup_id AND s.state IN ({_LIVE})
                             JOIN person w ON w.id = s.person_id
                             WHERE e.activity_id = a.id AND w.birth_on > a.starts_at - interval '{ADULT_AGE} years')))"""
COMING_FOR_MINORS = f"a.state = 'published' AND a.ends_at > :now AND {FOR_MINORS}"
# Places given meeting by meeting are there one meeting at a time: the fullest of them counts.
_PLACES = """
(SELECT coalesce(sum(x.capacity) FILTER (WHERE x.occurrence_id IS NULL), 0)
        + coalesce((SELECT max(one.places) FROM (
              SELECT sum(y.capacity) AS places FROM opening y
               WHERE y.activity_id = a.id AND y.closed_at IS NULL AND y.kind <> 'volunteering' AND y.occurrence_id IS NOT NULL
               GROUP BY y.occurrence_id) one), 0)
   FROM opening x WHERE x.activity_id = a.id AND x.closed_at IS NULL AND x.kind <> 'volunteering')"""
_ADULTS = f"""
(SELECT json_agg(json_build_object('person', p.public_id, 'outcome', d.outcome, 'valid_until', d.valid_until,
                 'name', concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')),
                 'is_own', coalesce(d.is_own, false), 'is_shut_out', c.disabled_at IS NOT NULL) ORDER BY f.added_at, m.id)
   FROM activity_facilitator f JOIN membership m ON m.id = f.membership_id AND m.ended_at IS NULL
   JOIN person p ON p.id = m.person_id LEFT JOIN account c ON c.person_id = p.id
   LEFT JOIN LATERAL ({LAST_DECLARATION}) d ON true
  WHERE f.activity_id = a.id)"""
_WORKSHOPS = f"""
SELECT a.id, a.public_id, a.title, a.state, a.starts_at, a.ends_at, g.id AS organisation_id, g.name AS organisation_name,
       g.slug AS organisation_slug, {FOR_MINORS} AS is_for_minors, {_PLACES} AS places, {_ADULTS} AS adults
  FROM activity a JOIN organisation g ON g.id = a.organisation_id
"""
_BY_ID = sa.text(_WORKSHOPS + " WHERE a.id = ANY(:ids)")
_COMING = sa.text(f"""{_WORKSHOPS}
 WHERE a.organisation_id = ANY(:organisation_ids) AND {COMING_FOR_MINORS}
 ORDER BY a.starts_at, a.id""")
_ORGANISATIONS = f"""
SELECT g.id, count(*) OVER () AS total
  FROM organisation g
 WHERE EXISTS (SELECT FROM activity a WHERE a.organisation_id = g.id AND {COMING_FOR_MINORS}) {{search}}
 ORDER BY lower(g.name), g.id LIMIT :limit OFFSET :offset
"""
_LOCK = sa.text("""
SELECT m.id FROM membership m JOIN activity_facilitator f ON f.membership_id = m.id
 WHERE f.activity_id = :activity_id ORDER BY m.id FOR SHARE OF m
""")


# Whether `:person_id` conducts the activity `a`, and nothing was declared that keeps them from minors.
CONDUCTS = f"""EXISTS (
  SELECT FROM activity_facilitator f JOIN membership m ON m.id = f.membership_id AND m.ended_at IS NULL
    LEFT JOIN LATERAL ({LAST_DECLARATION}) d ON true
   WHERE f.activity_id = a.id AND m.person_id = :person_id AND d.outcome IS DISTINCT FROM 'not_clear')"""
_CONDUCTS = sa.text(f"SELECT {CONDUCTS} FROM activity a WHERE a.id = :activity_id")


@dataclass(frozen=True, slots=True)
class FacilitatorRow:
    """Somebody who conducts; `is_own` where they declared their own certificate."""

    person: str
    adult: Adult
    is_own: bool


@dataclass(frozen=True, slots=True)
class ConductedActivity:
    """An activity with who conducts it."""

    id: int
    public_id: str
    title: str
    state: str
    starts_at: datetime | None
    ends_at: datetime | None
    organisation_id: int
    organisation_name: str
    organisation_slug: str
    is_for_minors: bool
    places: int
    facilitators: tuple[FacilitatorRow, ...]

    @property
    def first_day(self) -> date | None:
        """The day in Rome on which it begins."""
        return clock.to_rome(self.starts_at).date() if self.starts_at else None

    def missing(self, today: date) -> tuple[RuleBroken, ...]:
        """Return what it still needs to be public; nothing where no minor may take part."""
        return self.missing_for_minors(today) if self.is_for_minors else ()

    def missing_for_minors(self, today: date) -> tuple[RuleBroken, ...]:
        """Return what it needs before somebody not of age comes, whatever its ages say."""
        adults = tuple(one.adult for one in self.facilitators)
        return rules.list_missing(Conducted(self.places, self.first_day, adults), today)


def get_conducted(activity_id: int) -> ConductedActivity:
    """Return the activity with who conducts it now."""
    return list_conducted([activity_id])[activity_id]


def list_conducted(ids: Iterable[int]) -> dict[int, ConductedActivity]:
    """Return these activities with who conducts them now, by their ids."""
    return {row.id: _activity(row) for row in session().execute(_BY_ID, {"ids": sorted(ids)})}


def list_coming_for_minors(organisation_ids: Sequence[int], now: datetime) -> tuple[ConductedActivity, ...]:
    """Return the public workshops of these organisations that minors may come to and that are not over, the next one first."""
    values = {"organisation_ids": list(organisation_ids), "now": now}
    return tuple(_activity(row) for row in session().execute(_COMING, values))


def list_organisations_with_minors(actor: Actor, text: str = "", page: int = 1) -> tuple[tuple[ConductedActivity, ...], int]:
    """Return the coming workshops for minors of one page of organisations by name, and how many organisations there are.

    For the safeguarding officer.
    """
    check_can(actor, Action.SEE_EVERYWHERE)
    values: dict = {"now": clock.now(), "limit": PER_PAGE, "offset": (max(page, 1) - 1) * PER_PAGE}
    search = ""
    for number, word in enumerate(text.casefold().split()[:6]):
        search += f" AND strpos(lower(g.name), :word{number}) > 0"
        values[f"word{number}"] = word
    rows = session().execute(sa.text(_ORGANISATIONS.format(search=search)), values).all()
    if not rows and page > 1:
        return list_organisations_with_minors(actor, text, 1)
    found = list_coming_for_minors([row.id for row in rows], values["now"])
    by_name = sorted(found, key=lambda one: (one.organisation_name.lower(), one.organisation_id))
    return tuple(by_name), (rows[0].total if rows else 0)


def conducts(actor: Actor, activity_id: int) -> bool:
    """Whether the actor conducts the activity, and nothing was declared that keeps them from minors."""
    values = {"activity_id": activity_id, "person_id": actor.person_id}
    return bool(session().scalar(_CONDUCTS, values))


def lock_facilitators(activity_id: int) -> None:
    """Let nobody leave, and nothing be declared of those who conduct, until the transaction ends."""
    session().execute(_LOCK, {"activity_id": activity_id})


def _activity(row) -> ConductedActivity:
    adults = tuple(
        FacilitatorRow(
            one["person"], adult_of(one["name"], one["outcome"], one["valid_until"], one["is_shut_out"]), one["is_own"]
        )
        for one in row.adults or ()
    )
    return ConductedActivity(*row[:-2], int(row.places), adults)
