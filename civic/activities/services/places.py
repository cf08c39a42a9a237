"""Places: claimed in one statement, freed under the lock of their opening, handed to who waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.activities import rules
from civic.activities.blocks import Block
from civic.activities.events import OfferMade, OffersMade, PlaceFreedLate, TurnPassed
from civic.activities.kinds import kind_of
from civic.activities.models import Offer, Opening, Signup
from civic.activities.queries import facts
from civic.activities.services import block_queue, eligibility, sibling_queue
from civic.activities.services.block_queue import WaitingBlock
from civic.activities.services.moves import move
from civic.activities.services.sibling_queue import WaitingSiblings
from civic.activities.types import OpeningFacts, SignupState
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import fetch_one, writing
from civic.kernel.errors import RuleBroken
from civic.outbox import services as outbox

_COLUMNS = (
    "public_id, opening_id, activity_id, person_id, created_by_id, state, priority, needs_authorisation, awaits_click, "
    "joined_at, hold_until, confirmed_at, is_referred"
)
_VALUES = (
    "%(public_id)s, %(opening_id)s, %(activity_id)s, %(person_id)s, %(created_by_id)s, %(state)s, 0, "
    "%(needs_authorisation)s, %(awaits_click)s, %(now)s, %(hold_until)s, %(confirmed_at)s, %(is_referred)s"
)
# What follows a signup in the same statement: its first move, the line of the audit, the event that others hear about.
_FOLLOW = """
first_move AS (
  INSERT INTO signup_move (signup_id, before, after, at, actor_id, reason)
  SELECT id, NULL, %(state)s, %(now)s, %(actor_id)s, '' FROM joined),
audited AS (
  INSERT INTO audit_entry (at, actor_id, action, subject_type, subject_id, details)
  SELECT %(now)s, %(actor_id)s, 'sign_up', 'signup', id, jsonb_build_object('state', CAST(%(state)s AS text)) FROM joined),
told AS (
  INSERT INTO outbox_event (name, payload, created_at, next_attempt_at, attempts)
  SELECT %(event)s, jsonb_build_object('signup_id', id), %(now)s, %(now)s, 0
    FROM joined WHERE CAST(%(event)s AS text) IS NOT NULL)
SELECT (SELECT id FROM joined) AS signup_id, {key_is_fresh} AS key_is_fresh
"""
_KEY = """
key AS (
  INSERT INTO submission (key, route, actor_id, result, created_at)
  VALUES (%(submit_key)s, %(route)s, %(actor_id)s, %(public_id)s, %(now)s) ON CONFLICT (key) DO NOTHING RETURNING key),"""
_FRESH = "EXISTS (SELECT FROM key)"

# The only judge of the limit is the condition of this UPDATE; everything else comes to be only if it found a place. Who was
# referred takes what is kept first: while something is, there is a place, since no more than `open_to_all` is ever taken.
_CLAIM = f"""
WITH {_KEY}
claimed AS (
  UPDATE opening SET taken = taken + 1, referred = referred + CAST(%(is_referred)s AS boolean)::int
   WHERE id = %(opening_id)s AND closed_at IS NULL AND {_FRESH}
     AND taken < CASE WHEN %(is_referred)s AND reserved_until > %(now)s THEN capacity - held_back ELSE open_to_all END
  RETURNING id),
joined AS (
  INSERT INTO signup ({_COLUMNS}) SELECT {_VALUES} FROM claimed RETURNING id),
{_FOLLOW.format(key_is_fresh=_FRESH)}"""

# Who needs no place shares the lock of the opening all the same: a cancellation or a draw under way is waited for, and after
# the draw nobody asks to be in it.
_JOIN = f"""
WITH {_KEY}
still_open AS (
  SELECT o.id FROM opening o WHERE o.id = %(opening_id)s AND o.closed_at IS NULL
     AND (o.drawn_at IS NULL OR CAST(%(state)s AS text) <> 'requested') FOR SHARE OF o),
joined AS (
  INSERT INTO signup ({_COLUMNS}) SELECT {_VALUES} FROM key, still_open RETURNING id),
{_FOLLOW.format(key_is_fresh=_FRESH)}"""

# A place that a class holds already gets a name: the opening counts it as taken before and after.
_NAME = f"""
WITH claimed AS (
  UPDATE block SET unnamed = unnamed - 1 WHERE id = %(block_id)s AND unnamed > 0 AND ended_at IS NULL RETURNING id),
joined AS (
  INSERT INTO signup ({_COLUMNS}) SELECT {_VALUES} FROM claimed RETURNING id),
{_FOLLOW.format(key_is_fresh="true")}"""

# Who joins the queue shares the opening with others who join or claim, and excludes whoever frees a place or ends a hold
# (`facts.lock_opening`): no wake-up is lost, and three hundred people do not wait for each other's commit.
_QUEUE = f"""
WITH {_KEY}
full_up AS (
  SELECT o.id FROM opening o
   WHERE o.id = %(opening_id)s AND o.closed_at IS NULL AND NOT (o.reserved > 0 AND o.reserved_until <= %(now)s)
     AND o.taken >= CASE WHEN %(is_referred)s THEN o.capacity - o.held_back ELSE o.open_to_all END
     AND NOT EXISTS (SELECT FROM signup h WHERE h.opening_id = o.id AND h.hold_until <= %(now)s
                        AND h.state IN ('unconfirmed', 'pending_guardian', 'offered'))
     FOR KEY SHARE OF o),
joined AS (
  INSERT INTO signup ({_COLUMNS}) SELECT {_VALUES} FROM key, full_up RETURNING id),
{_FOLLOW.format(key_is_fresh=_FRESH)}"""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a signup: its id (None where there was no place), and whether its one-time key was fresh."""

    signup_id: int | None
    key_is_fresh: bool

    @property
    def is_final(self) -> bool:
        """Whether there is nothing left to try: a signup was written, or the form was used before."""
        return self.signup_id is not None or not self.key_is_fresh


def claim_for_new_signup(values: dict) -> Written:
    """Spend the key, claim a place, write signup, move, audit and event, all in one statement.

    A spent key or a full opening writes nothing but, with a fresh key, the key: the caller queues or gives up.
    """
    return Written(*fetch_one(_CLAIM, values))


def join_queue_of_full_opening(values: dict) -> Written:
    """Do the same for a signup that waits, as long as the opening is full and no hold in it has run out.

    Otherwise nothing is written but, with a fresh key, the key.
    """
    return Written(*fetch_one(_QUEUE, values))


def name_for_held_place(values: dict) -> int | None:
    """Write a signup, its move, audit and event for a place that a class holds; return its id, None where none is left."""
    return fetch_one(_NAME, values).signup_id


def insert_signup_without_place(values: dict) -> Written:
    """Do the same for a signup that holds no place (requested, waiting), unless the opening is closed, or drawn already."""
    return Written(*fetch_one(_JOIN, values))


def claim(opening_id: int, *, is_referred: bool) -> bool:
    """Claim one place for a signup that exists already; return whether there was one."""
    most = Opening.open_to_all
    if is_referred:
        most = sa.case((Opening.reserved_until > clock.now(), Opening.capacity - Opening.held_back), else_=Opening.open_to_all)
    statement = (
        sa.update(Opening)
        .where(Opening.id == opening_id, Opening.taken < most, Opening.closed_at.is_(None))
        .values(taken=Opening.taken + 1, referred=Opening.referred + int(is_referred))
        .returning(Opening.taken)
    )
    return writing().execute(statement).scalar() is not None


def hand_over(opening: OpeningFacts, signup: Signup) -> None:
    """Free the place that `signup` held and give it to the first eligible person waiting; only if nobody is, it stays free.

    The caller holds the lock of the opening.
    """
    release(opening.id, is_referred=signup.is_referred)
    fill_free_places(opening)


def release(opening_id: int, *, is_referred: bool) -> None:
    """Count one place less as taken; the caller holds the lock of the opening."""
    less = {"taken": Opening.taken - 1, "referred": Opening.referred - int(is_referred)}
    writing().execute(sa.update(Opening).where(Opening.id == opening_id).values(less))


def fill_free_places(opening: OpeningFacts) -> None:
    """Offer every free place to who waits and may have it; the caller holds the lock of the opening.

    What is kept for who was referred goes to the first of them, what is open to all to the first of all, classes and siblings
    among them.
    """
    blocks = block_queue.list_waiting(opening.id)
    waiting = facts.list_waiting(opening.id)
    # What is held back is judged anew; where nobody waits who needs several places, nothing is.
    block_queue.hold_back(opening.id, 0)
    counted = end_reserve(opening.id)
    kept, free = counted.capacity - counted.open_to_all, counted.open_to_all - counted.taken
    if not (waiting or blocks) or not (kept or free):
        return
    deadline = rules.offer_deadline(clock.now(), opening, kind_of(opening.kind).offer_waking_hours)
    if deadline is not None:
        _offer_in_order([one for one in waiting if one.is_referred], opening, deadline, kept)
        queue = [one for one in waiting if one.state is SignupState.WAITING]
        _serve_in_line([*sibling_queue.gather(queue, opening), *blocks], opening, deadline, free)
    elif free and clock.now() < rules.last_moment(opening.signup_closes_at, opening.last_entry_at):
        # Too near the start to hold it for anyone: all who wait are told, the first who takes it has it.
        outbox.record(PlaceFreedLate(opening.id))


def _serve_in_line(
    waiting: Sequence[Signup | WaitingSiblings | WaitingBlock], opening: OpeningFacts, deadline: datetime, free: int
) -> None:
    """Serve people, families and classes in one line.

    Past one that does not fit so many smaller requests go, then all waits for it.
    """
    passes = free
    for one in sorted(waiting, key=_turn_of):
        if min(free, passes) == 0:
            break
        if isinstance(one, WaitingBlock):
            count = block_queue.grant(one, free)
            if one.block.missing:
                passes = min(passes, one.passes_left)
        elif isinstance(one, WaitingSiblings):
            count, fits = _offer_together(one, opening, deadline, free)
            if not fits:
                passes = min(passes, one.passes_left)
        else:
            count = int(_offer(one, opening, deadline))
        free, passes = free - count, passes - bool(count)
    block_queue.hold_back(opening.id, max(free - passes, 0))


def _turn_of(one: Signup | WaitingSiblings | WaitingBlock) -> tuple[int, datetime, int]:
    """Return where somebody, a family or a class stands in the line."""
    return (one.priority, one.joined_at, one.id) if isinstance(one, Signup) else one.turn


def _offer_together(one: WaitingSiblings, opening: OpeningFacts, deadline: datetime, free: int) -> tuple[int, bool]:
    """Hold places for all of them or for none; return how many, and whether they would fit.

    Where one of them may not have a place now, nothing is held back for the others either: their turn passes.
    """
    if not all(_is_eligible(signup, opening) for signup in one.signups):
        return 0, True
    if len(one.signups) > free:
        return 0, False
    block_queue.count_as_taken(opening.id, len(one.signups))
    offers = [_make_offer(signup, deadline) for signup in one.signups]
    outbox.record(OffersMade(offers, [signup.id for signup in one.signups]))
    return len(one.signups), True


def end_reserve(opening_id: int) -> OpeningFacts:
    """Open to all what was kept until now, and return how the places stand; the caller holds the lock of the opening."""
    over = sa.update(Opening).where(Opening.id == opening_id, Opening.reserved > 0, Opening.reserved_until <= clock.now())
    writing().execute(over.values(reserved=0))
    return facts.get_opening(opening_id)


def _offer_in_order(waiting: Sequence[Signup], opening: OpeningFacts, deadline: datetime, count: int) -> None:
    """Hold `count` places for the first who may have one."""
    for signup in waiting:
        if count == 0:
            return
        count -= _offer(signup, opening, deadline)


def _offer(signup: Signup, opening: OpeningFacts, deadline: datetime) -> bool:
    """Hold a place for who may have one; return whether there was one."""
    is_given = _is_eligible(signup, opening) and claim(opening.id, is_referred=signup.is_referred)
    if is_given:
        outbox.record(OfferMade(_make_offer(signup, deadline), signup.id))
    return is_given


def offer_what_is_free(activity_id: int) -> None:
    """Offer whatever is free in any opening of the activity to who waits: sign-ups that had closed may be open again.

    Whoever comes new stands behind those who waited when a place came free too late.
    """
    waited_for = sa.or_(
        sa.exists().where(Signup.opening_id == Opening.id, Signup.state == SignupState.WAITING),
        sa.exists().where(Block.opening_id == Opening.id, block_queue.WAITS),
    )
    openings = sa.select(Opening.id).where(Opening.activity_id == activity_id, Opening.taken < Opening.capacity, waited_for)
    for opening_id in writing().scalars(openings.order_by(Opening.id)).all():
        fill_free_places(facts.lock_opening(opening_id))


def _is_eligible(signup: Signup, opening: OpeningFacts) -> bool:
    """Whether a place may be offered to this person now; a missing authorisation lets the turn pass, and is told once."""
    try:
        eligibility.check_may_have(signup.person_id, opening, signup.id)
    except RuleBroken:
        return False
    if not eligibility.lacks_authorisation(signup, opening):
        return True
    if signup.passed_over_at is None:
        signup.passed_over_at = clock.now()
        writing().flush()
        outbox.record(TurnPassed(signup.id))
    return False


def _make_offer(signup: Signup, deadline: datetime) -> int:
    """Write the offer and return its id."""
    move(SYSTEM, signup, SignupState.OFFERED, hold_until=deadline)
    offer = Offer(signup_id=signup.id, made_at=clock.now(), expires_at=deadline)
    writing().add(offer)
    writing().flush()
    return offer.id
