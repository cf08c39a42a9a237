"""The facts that rules decide on, each read by one statement, and the locks under which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from civic.activities.models import Activity, Occurrence, Opening, Signup
from civic.activities.queries.yeses import HAS_EVERY_YES
from civic.activities.types import (
    ActivityKind,
    ActivityState,
    AgeBasis,
    Clash,
    EntryMode,
    OpeningFacts,
    PersonFacts,
    SignupState,
)
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import fetch, fetch_one, session, writing
from civic.kernel.errors import NotFound
from civic.organisations.models import Organisation
from civic.organisations.types import OrganisationState

_OPENING = (
    sa.select(
        Opening.id,
        Opening.activity_id,
        Activity.organisation_id,
        Opening.kind,
        Opening.role,
        Opening.capacity,
        Opening.taken,
        Activity.entry_mode,
        # Places for one meeting are as closed as the meeting is cancelled; who is suspended takes nobody in.
        sa.case(
            (Opening.closed_at.is_not(None), sa.literal(ActivityState.CANCELLED, Activity.state.type)),
            (Organisation.state != OrganisationState.VERIFIED, sa.literal(ActivityState.DRAFT, Activity.state.type)),
            else_=Activity.state,
        ).label("activity_state"),
        Activity.age_min,
        Activity.age_max,
        Activity.age_basis,
        sa.func.coalesce(Occurrence.signup_opens_at, Activity.signup_opens_at).label("signup_opens_at"),
        sa.func.coalesce(Occurrence.signup_closes_at, Activity.signup_closes_at).label("signup_closes_at"),
        sa.func.coalesce(Occurrence.starts_at, Activity.starts_at).label("starts_at"),
        sa.func.coalesce(Occurrence.ends_at, Activity.ends_at).label("ends_at"),
        sa.func.coalesce(Occurrence.starts_at, Activity.last_entry_at).label("last_entry_at"),
        Activity.title,
        Activity.slug,
        Opening.open_to_all,
        Opening.reserved,
        Opening.referred,
        Opening.reserved_until,
        Activity.draw_at,
        Opening.drawn_at,
        Activity.authorisations_needed,
        Activity.asks_call,
        Activity.is_counselling,
    )
    .join(Activity, Activity.id == Opening.activity_id)
    .join(Organisation, Organisation.id == Activity.organisation_id)
    .outerjoin(Occurrence, Occurrence.id == Opening.occurrence_id)
)

_HAS_AUTHORISATION = sa.text(f"SELECT {HAS_EVERY_YES} FROM signup s WHERE s.id = :signup_id")

_PERSON = """
SELECT p.id, p.birth_on, p.email, a.id AS account_id, p.is_confided
  FROM person p LEFT JOIN account a ON a.person_id = p.id
 WHERE p.id = %(person_id)s"""


def get_opening(opening_id: int) -> OpeningFacts:
    """Return the facts of an opening as they are now."""
    row = session().execute(_OPENING.where(Opening.id == opening_id)).one_or_none()
    if row is None:
        raise NotFound
    return OpeningFacts(**row._mapping)


def get_opening_by_public_id(public_id: str) -> OpeningFacts:
    """Return the facts of the opening that an address names."""
    row = session().execute(_OPENING.where(Opening.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    return OpeningFacts(**row._mapping)


def list_openings(activity_id: int) -> Sequence[OpeningFacts]:
    """Return the facts of every opening of an activity."""
    return [OpeningFacts(**row._mapping) for row in session().execute(_OPENING.where(Opening.activity_id == activity_id))]


def lock_opening(opening_id: int) -> OpeningFacts:
    """Lock the opening until the transaction ends and return its facts; whoever frees or queues does this first.

    The facts are read once the lock is there: who held it before may have moved the meeting.
    """
    writing().execute(sa.select(Opening.id).where(Opening.id == opening_id).with_for_update())
    return get_opening(opening_id)


def lock_person(person_id: int) -> PersonFacts:
    """Lock the person until the transaction ends: two sign-ups of one person are judged one after the other."""
    writing().flush()
    return _person(_PERSON + " FOR UPDATE OF p", person_id)


def get_person(person_id: int) -> PersonFacts:
    """Return the facts of a person as they are now."""
    return _person(_PERSON, person_id)


def _person(statement: str, person_id: int) -> PersonFacts:
    row = fetch_one(statement, {"person_id": person_id})
    if row is None:
        raise NotFound
    return PersonFacts(*row)


# `x` is the opening that is asked about: `{asked}` brings it in where the statement does not know it already. What is
# over is in nobody's way: who comes in late misses it.
_CLASHING = """
SELECT s.id, s.public_id, s.opening_id, s.state, a.title, a.organisation_id, o.starts_at, o.ends_at
  FROM signup s
  JOIN opening p ON p.id = s.opening_id
  JOIN activity a ON a.id = p.activity_id
  JOIN occurrence o ON o.activity_id = p.activity_id AND o.state = 'scheduled'
                   AND (p.occurrence_id IS NULL OR p.occurrence_id = o.id)
  {asked}
  JOIN occurrence m ON m.activity_id = x.activity_id AND m.state = 'scheduled'
                   AND (x.occurrence_id IS NULL OR x.occurrence_id = m.id) AND m.ends_at > %(now)s
 WHERE s.person_id = %(person_id)s AND o.starts_at < m.ends_at AND m.starts_at < o.ends_at
   AND (s.state IN ('unconfirmed', 'requested', 'pending_guardian', 'confirmed', 'offered')
        OR (s.opening_id = x.id AND s.state = 'waiting'))
 ORDER BY o.starts_at, s.id
 LIMIT 20
"""
_CLASHES = _CLASHING.format(asked="JOIN opening x ON x.id = %(opening_id)s")
_ENTRY = f"""
SELECT p.id AS person_id, p.birth_on, p.email, (SELECT k.id FROM account k WHERE k.person_id = p.id) AS account_id,
       p.is_confided,
       (SELECT s.public_id FROM signup s WHERE s.person_id = p.id AND s.opening_id = x.id
          AND s.state IN ('unconfirmed', 'requested', 'pending_guardian', 'confirmed', 'waiting', 'offered')) AS own,
       (SELECT json_agg(c) FROM ({_CLASHING.format(asked="")}) c WHERE c.opening_id <> x.id) AS clashes,
       (SELECT count(*) FROM signup r WHERE r.created_by_id = %(actor_id)s AND r.joined_at > %(since)s) AS lately,
       x.id, x.activity_id, a.organisation_id, x.kind, x.role, x.capacity, x.taken, a.entry_mode,
       CASE WHEN x.closed_at IS NOT NULL THEN 'cancelled' WHEN g.state <> 'verified' THEN 'draft' ELSE a.state END
         AS activity_state,
       a.age_min, a.age_max, a.age_basis, coalesce(oc.signup_opens_at, a.signup_opens_at) AS signup_opens_at,
       coalesce(oc.signup_closes_at, a.signup_closes_at) AS signup_closes_at,
       coalesce(oc.starts_at, a.starts_at) AS starts_at, coalesce(oc.ends_at, a.ends_at) AS ends_at,
       coalesce(oc.starts_at, a.last_entry_at) AS last_entry_at, a.title, a.slug,
       x.open_to_all, x.reserved, x.referred, x.reserved_until, a.draw_at, x.drawn_at, a.authorisations_needed,
       a.asks_call, a.is_counselling
  FROM opening x
  JOIN activity a ON a.id = x.activity_id
  JOIN organisation g ON g.id = a.organisation_id
  LEFT JOIN occurrence oc ON oc.id = x.occurrence_id
  JOIN person p ON p.id = %(person_id)s
 WHERE x.public_id = %(opening)s
"""


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """Who asks for a place and for which; `own` is the public id of the live signup they have in it already.

    `lately` is how many signups who fills in the form has written in the last hour.
    """

    person: PersonFacts
    opening: OpeningFacts
    own: str | None
    clashes: tuple[Clash, ...]
    lately: int


def get_entry(actor: Actor, person_id: int, opening: str) -> EntryFacts:
    """Return what the rules need to know of a person whom `actor` signs up for an opening, named by its public id."""
    now = clock.now()
    asked = {"opening": opening, "person_id": person_id, "actor_id": actor.person_id}
    row = fetch_one(_ENTRY, {**asked, "now": now, "since": now - timedelta(hours=1)})
    if row is None:
        raise NotFound
    facts = OpeningFacts(*row[8:])
    typed = replace(
        facts,
        kind=ActivityKind(facts.kind),
        entry_mode=EntryMode(facts.entry_mode),
        activity_state=ActivityState(facts.activity_state),
        age_basis=AgeBasis(facts.age_basis),
    )
    clashes = tuple(clash_of(one) for one in row.clashes or ())
    return EntryFacts(PersonFacts(*row[:5]), typed, row.own, clashes, row.lately)


def clash_of(one: dict) -> Clash:
    """Return a clash from the JSON that a statement has made of it."""
    starts_at, ends_at = (datetime.fromisoformat(one[name]) for name in ("starts_at", "ends_at"))
    return Clash(one["id"], one["title"], one["organisation_id"], starts_at, ends_at)


def list_clashes(person_id: int, opening_id: int) -> tuple[str | None, tuple[Clash, ...]]:
    """Return the person's own live signup in this opening (its public id), and what else falls at the same time."""
    rows = fetch(_CLASHES, {"person_id": person_id, "opening_id": opening_id, "now": clock.now()})
    own = next((row.public_id for row in rows if row.opening_id == opening_id), None)
    return own, tuple(
        Clash(row.id, row.title, row.organisation_id, row.starts_at, row.ends_at)
        for row in rows
        if row.opening_id != opening_id
    )


def has_ended_holds(opening_id: int, now: datetime) -> bool:
    """Whether a hold of the opening, or its reserve, has run out at `now` and is still counted."""
    held = (SignupState.UNCONFIRMED, SignupState.PENDING_GUARDIAN, SignupState.OFFERED)
    found = sa.exists().where(Signup.opening_id == opening_id, Signup.state.in_(held), Signup.hold_until <= now)
    kept = sa.exists().where(Opening.id == opening_id, Opening.reserved > 0, Opening.reserved_until <= now)
    return bool(session().scalar(sa.select(sa.or_(found, kept))))


def lock_signup(signup_id: int) -> Signup:
    """Lock the signup and return it as it is after whoever held it before."""
    found = (
        writing()
        .execute(sa.select(Signup).where(Signup.id == signup_id).with_for_update().execution_options(populate_existing=True))
        .scalar_one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def find_signup(public_id: str) -> Signup | None:
    """Return the signup that an address names, or None."""
    return session().execute(sa.select(Signup).where(Signup.public_id == public_id)).scalar_one_or_none()


def has_authorisation(signup_id: int) -> bool:
    """Whether as many guardians as its activity asks for have authorised this signup and not withdrawn it."""
    return bool(session().scalar(_HAS_AUTHORISATION, {"signup_id": signup_id}))


def position_of(signup: Signup) -> int:
    """Return the number at which the person stands in the waiting list.

    Who has missed an offer comes last, as soon as the first of the others has been offered the place.
    """
    if signup.state is not SignupState.WAITING:
        return max(count_waiting(signup.opening_id), 1)
    before = sa.tuple_(Signup.priority, Signup.joined_at, Signup.id) < (signup.priority, signup.joined_at, signup.id)
    ahead = sa.select(sa.func.count()).where(Signup.opening_id == signup.opening_id, Signup.state == SignupState.WAITING, before)
    return session().scalar(ahead) + 1


def count_waiting(opening_id: int) -> int:
    """Return how many people wait for a place."""
    waiting = sa.select(sa.func.count()).where(Signup.opening_id == opening_id, Signup.state == SignupState.WAITING)
    return session().scalar(waiting)


def list_waiting(opening_id: int) -> Sequence[Signup]:
    """Return the waiting list in the order in which people are served; who has yet to confirm the address is not served."""
    return (
        writing()
        .execute(
            sa.select(Signup)
            .where(Signup.opening_id == opening_id, Signup.state == SignupState.WAITING, ~Signup.awaits_click)
            .order_by(Signup.priority, Signup.joined_at, Signup.id)
            .execution_options(populate_existing=True)
        )
        .scalars()
        .all()
    )
