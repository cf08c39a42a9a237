"""The people of an activity, for the members of its organisation alone; whoever shows names records that they were seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.activities.policy import Action, Target, can, check_can, may_know
from civic.activities.queries.calls import AWAITS_CALL
from civic.activities.queries.guardians import WHO_ANSWERS
from civic.activities.queries.yeses import HAS_A_YES, HAS_EVERY_YES
from civic.activities.types import AttendanceState, OccurrenceState, SignupState, Terms
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import NotFound

MOST = 5_000

# How people are reached leaves the database only for who may reach them; before the click an address may be anybody's.
_PEOPLE = sa.text(f"""
SELECT s.public_id, s.state, w.given_name, w.family_name, w.birth_on, s.joined_at, s.hold_until, s.passed_over_at,
       x.role, x.kind, o.starts_at AS meeting_at,
       (s.needs_authorisation AND NOT {HAS_EVERY_YES}) AS lacks_authorisation,
       (s.needs_authorisation AND {HAS_A_YES} AND NOT {HAS_EVERY_YES}) AS lacks_second,
       EXISTS (SELECT FROM authorisation h WHERE h.signup_id = s.id AND h.is_sole AND h.withdrawn_at IS NULL) AS has_sole,
       {AWAITS_CALL} AS awaits_call, w.is_confided,
       EXISTS (SELECT FROM sibling n JOIN sibling m ON m.first_id = n.first_id AND m.signup_id <> n.signup_id
                 JOIN signup ms ON ms.id = m.signup_id AND ms.state IN ('waiting', 'offered')
                WHERE n.signup_id = s.id) AS comes_together,
       (w.birth_on IS NOT NULL AND min(w.id) OVER namesakes <> max(w.id) OVER namesakes) AS may_be_twice,
       x.public_id AS opening, s.awaits_click,
       CASE WHEN :reaches AND NOT s.awaits_click THEN w.phone END AS phone,
       (SELECT json_agg(json_build_array(trim(g.given_name || ' ' || g.family_name), g.phone, coalesce(c.email, g.email))
                        ORDER BY g.id)
          FROM person g LEFT JOIN account c ON c.person_id = g.id
         WHERE :reaches AND NOT s.awaits_click AND w.birth_on > :adult_born_on AND g.erased_at IS NULL
           AND g.id IN ({WHO_ANSWERS})) AS guardians
  FROM signup s
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE s.activity_id = :activity_id
   AND s.state IN ('requested', 'pending_guardian', 'confirmed', 'waiting', 'offered', 'unconfirmed')
WINDOW namesakes AS (PARTITION BY w.birth_on, lower(w.given_name), lower(w.family_name))
 ORDER BY o.starts_at NULLS FIRST, x.id,
          CASE WHEN s.state = 'waiting' THEN s.priority END, s.joined_at, s.id
 LIMIT :most
""")
# Of the signup `s`, the meeting `o` and the mark `t`: who has a place since before its end, or had one at some moment of it,
# whatever came later: they may have been there. Who came in, or back, after it stands on no sheet of it; a mark always does.
WAS_EXPECTED = """(t.id IS NOT NULL OR (s.state = 'confirmed' AND s.confirmed_at < o.ends_at) OR EXISTS (
       SELECT FROM signup_move m WHERE m.signup_id = s.id AND m.after = 'confirmed' AND m.at < o.ends_at
          AND NOT EXISTS (SELECT FROM signup_move n WHERE n.signup_id = s.id AND n.before = 'confirmed' AND n.id > m.id
                             AND n.at <= o.starts_at)))"""
_EXPECTED = sa.text(f"""
SELECT s.public_id, s.id, w.given_name, w.family_name, w.birth_on, x.role, x.kind, t.state, t.minutes,
       t.recorded_at, t.recorded_by_id
  FROM occurrence o
  JOIN opening x ON x.activity_id = o.activity_id AND (x.occurrence_id IS NULL OR x.occurrence_id = o.id)
  JOIN signup s ON s.opening_id = x.id
  JOIN person w ON w.id = s.person_id
  LEFT JOIN attendance t ON t.signup_id = s.id AND t.occurrence_id = o.id
 WHERE o.public_id = :occurrence_public_id AND {WAS_EXPECTED}
 ORDER BY x.id, w.given_name, w.family_name, s.id
 LIMIT :most
""")
_FIND_MEETING = """
SELECT o.id, a.id AS activity_id, a.public_id AS activity_public_id, a.title, a.organisation_id, o.public_id,
       o.starts_at, o.ends_at, o.state, o.version, o.place_id, p.name AS place_name, o.meets_at,
       o.signup_opens_days, o.signup_closes_hours, o.meets_minutes
  FROM occurrence o JOIN activity a ON a.id = o.activity_id LEFT JOIN place p ON p.id = o.place_id
 WHERE o.public_id = :public_id
"""
_MEETING, _LOCKED = sa.text(_FIND_MEETING), sa.text(f"{_FIND_MEETING} FOR NO KEY UPDATE OF o")


@dataclass(frozen=True, slots=True)
class GuardianRow:
    """Who answers for a minor, and how to reach them."""

    name: str
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody signed up, in the order in which they are served; `may_be_twice` where name and birthday are here once more.

    `lacks_second`: one of the two guardians has said yes; `has_sole`: one has said that they alone decide; `awaits_call`:
    one who has said yes is to be telephoned still; `is_confided`: nobody at home
    knows, and nobody there must hear; `comes_together`: with a brother or sister, or not at all. `phone` and
    `guardians` (of a minor) are there for who may reach them, and empty for everybody else.
    """

    public_id: str
    state: SignupState
    given_name: str
    family_name: str
    birth_on: date | None
    joined_at: datetime
    hold_until: datetime | None
    passed_over_at: datetime | None
    role: str
    kind: str
    meeting_at: datetime | None
    lacks_authorisation: bool
    lacks_second: bool
    has_sole: bool
    awaits_call: bool
    is_confided: bool
    comes_together: bool
    may_be_twice: bool
    opening: str
    awaits_click: bool
    phone: str | None
    guardians: tuple[GuardianRow, ...]


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """Somebody expected at a meeting, with what was marked."""

    public_id: str
    id: int
    given_name: str
    family_name: str
    birth_on: date | None
    role: str
    kind: str
    state: AttendanceState | None
    minutes: int | None
    recorded_at: datetime | None
    recorded_by_id: int | None


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting with the activity it belongs to."""

    id: int
    activity_id: int
    activity_public_id: str
    title: str
    organisation_id: int
    public_id: str
    starts_at: datetime
    ends_at: datetime
    state: OccurrenceState
    version: int
    place_id: int | None
    place_name: str | None
    meets_at: datetime | None
    terms: Terms


def list_people(actor: Actor, activity_id: int, organisation_id: int) -> tuple[PersonRow, ...]:
    """Return everybody whose signup is live, for who works at the organisation; how to reach them, for who edits there."""
    target = Target(organisation_id=organisation_id)
    check_can(actor, Action.SEE_PARTICIPANTS, target)
    values = {
        "activity_id": activity_id,
        "most": MOST,
        "reaches": can(actor, Action.REACH_PARTICIPANTS, target),
        "adult_born_on": born_on_or_before(ADULT_AGE, clock.today()),
    }
    return tuple(
        PersonRow(
            row.public_id,
            SignupState(row.state),
            *row[2:-1],
            guardians=tuple(GuardianRow(*one) for one in row.guardians or ()),
        )
        for row in session().execute(_PEOPLE, values)
    )


def get_meeting(actor: Actor, public_id: str, *, is_locked: bool = False) -> MeetingRow:
    """Return the meeting for a member of the organisation; NotFound for everybody else.

    With `is_locked` nobody else who locks it goes on until the transaction ends.
    """
    row = session().execute(_LOCKED if is_locked else _MEETING, {"public_id": public_id}).one_or_none()
    if row is None or not may_know(actor, row.organisation_id):
        raise NotFound
    return MeetingRow(*row[:8], OccurrenceState(row.state), *row[9:-3], Terms(*row[-3:]))


def list_expected(actor: Actor, meeting: MeetingRow) -> tuple[ExpectedRow, ...]:
    """Return who is expected at the meeting, by role and name."""
    check_can(actor, Action.SEE_PARTICIPANTS, Target(organisation_id=meeting.organisation_id))
    rows = session().execute(_EXPECTED, {"occurrence_public_id": meeting.public_id, "most": MOST})
    return tuple(
        ExpectedRow(*row[:7], AttendanceState(row.state) if row.state else None, *row[8:]) for row in rows
    )


def record_seen(actor: Actor, activity_id: int, people: int, what: str = "list") -> None:
    """Write in the audit that names of participants were shown: in which list, and how many."""
    audit.record(actor, "see_participants", "activity", activity_id, people=people, what=what)
