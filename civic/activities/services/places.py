"""Places: claimed in one statement, freed under the lock of their opening, handed to who waits."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities import rules
from civic.activities.events import OfferMade, PlaceFreedLate, TurnPassed
from civic.activities.kinds import kind_of
from civic.activities.models import Offer, Opening, Signup
from civic.activities.queries import facts
from civic.activities.services.moves import move
from civic.activities.types import OpeningFacts, SignupState
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.outbox import services as outbox

_COLUMNS = (
    "public_id, opening_id, activity_id, person_id, created_by_id, state, priority, needs_authorisation, joined_at, "
    "hold_until, confirmed_at"
)
_VALUES = (
    ":public_id, :opening_id, :activity_id, :person_id, :created_by_id, :state, 0, :needs_authorisation, :now, "
    ":hold_until, :confirmed_at"
)
_FIRST_MOVE = """
first_move AS (
  INSERT INTO signup_move (signup_id, before, after, at, actor_id, reason)
  SELECT id, NULL, :state, :now, :actor_id, '' FROM joined)
SELECT id FROM joined
"""

# The only judge of the limit is the condition of this UPDATE; signup and move come to be only if it found a place.
_CLAIM = sa.text(f"""
WITH claimed AS (
  UPDATE opening SET taken = taken + 1 WHERE id = :opening_id AND taken < capacity RETURNING id),
joined AS (
  INSERT INTO signup ({_COLUMNS}) SELECT {_VALUES} FROM claimed RETURNING id),
{_FIRST_MOVE}""")

_JOIN = sa.text(f"WITH joined AS (INSERT INTO signup ({_COLUMNS}) VALUES ({_VALUES}) RETURNING id),{_FIRST_MOVE}")


def claim_for_new_signup(values: dict) -> int | None:
    """Claim a place and write the signup with its first move in one statement; return its id, or None where it is full."""
    return writing().execute(_CLAIM, values).scalar()


def insert_signup_without_place(values: dict) -> int:
    """Write a signup that holds no place (requested, waiting) with its first move, and return its id."""
    return writing().execute(_JOIN, values).scalar_one()


def claim(opening_id: int) -> bool:
    """Claim one place for a signup that exists already; return whether there was one."""
    statement = (
        sa.update(Opening)
        .where(Opening.id == opening_id, Opening.taken < Opening.capacity)
        .values(taken=Opening.taken + 1)
        .returning(Opening.taken)
    )
    return writing().execute(statement).scalar() is not None


def hand_over(opening: OpeningFacts) -> None:
    """Give a place that has just come free to the first eligible person waiting; only if nobody is, it becomes free.

    The caller holds the lock of the opening, and the place is still counted as taken.
    """
    if not _offer_to_next(opening):
        _release(opening.id)


def fill_free_places(opening: OpeningFacts) -> None:
    """Offer every free place to who waits and may have it; the caller holds the lock of the opening."""
    for _ in range(opening.capacity - opening.taken):
        if not claim(opening.id):
            return
        if not _offer_to_next(opening):
            _release(opening.id)
            return


def _release(opening_id: int) -> None:
    writing().execute(sa.update(Opening).where(Opening.id == opening_id).values(taken=Opening.taken - 1))


def _offer_to_next(opening: OpeningFacts) -> bool:
    """Hold the place for the first eligible person of the waiting list; return whether there was one."""
    waiting = facts.list_waiting(opening.id)
    if not waiting:
        return False
    now = clock.now()
    deadline = rules.offer_deadline(now, opening, kind_of(opening.kind).offer_waking_hours)
    if deadline is None:
        # Too near the start to hold it for anyone: all who wait are told, the first who takes it has it.
        outbox.record(PlaceFreedLate(opening.id))
        return False
    for signup in waiting:
        if _is_eligible(signup, opening):
            _make_offer(signup, now, deadline)
            return True
    return False


def _is_eligible(signup: Signup, opening: OpeningFacts) -> bool:
    """Whether a place may be offered to this person now; a missing authorisation lets the turn pass, and is told once."""
    if signup.needs_authorisation and not facts.has_authorisation(signup.id):
        if signup.passed_over_at is None:
            signup.passed_over_at = clock.now()
            writing().flush()
            outbox.record(TurnPassed(signup.id))
        return False
    try:
        kind_of(opening.kind).check_can_hold(facts.get_person(signup.person_id), opening)
    except RuleBroken:
        return False
    return True


def _make_offer(signup: Signup, now, deadline) -> None:
    move(SYSTEM, signup, SignupState.OFFERED, hold_until=deadline)
    offer = Offer(signup_id=signup.id, made_at=now, expires_at=deadline)
    writing().add(offer)
    writing().flush()
    outbox.record(OfferMade(offer.id, signup.id))
