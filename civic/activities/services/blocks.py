"""Places for a class: asked for together, named later, given back or freed when their time has run out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from civic.activities import age_limits, rules
from civic.activities.blocks import Block
from civic.activities.events import BlockEnded
from civic.activities.policy import Action, Target, can, check_can
from civic.activities.queries import facts
from civic.activities.services import block_queue, holds, places
from civic.activities.types import ActivityKind, BlockEnd, EntryMode, OpeningFacts
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.i18n import N_, format_day
from civic.kernel.ids import new_public_id
from civic.organisations.models import Organisation
from civic.organisations.types import OrganisationKind, OrganisationState
from civic.outbox import services as outbox

MOST_AT_ONCE = 60
LABEL_LENGTH = 40
NAMED_BEFORE = timedelta(days=3)
"""Who is named last still has a guardian to be asked, and the guardian the time to answer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a school asks for a class: how many places, all or as many as there are, and the last day to say who comes."""

    label: str
    size: int
    is_whole: bool
    names_on: date


def ask(actor: Actor, opening_public_id: str, school_slug: str, wish: Wish) -> Block:
    """Hold places for a class, or let it wait in line for them, and return the block.

    A teacher asks for the own school, who runs the activity for any. Raises RuleBroken with the first rule that says no.
    """
    school = _school(school_slug)
    opening = facts.get_opening_by_public_id(opening_public_id)
    runs = can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=opening.organisation_id))
    teaches = can(actor, Action.ASK_FOR_CLASS, Target(organisation_id=school.id))
    if not (runs or teaches):
        raise NotAllowed(N_("You are not allowed to do this."))
    opening = facts.lock_opening(opening.id)
    rules.check_is_open(opening, clock.now())
    _check_admits_classes(opening, runs=runs)
    _check_wish(wish, opening)
    block = Block(
        public_id=new_public_id(),
        opening_id=opening.id,
        activity_id=opening.activity_id,
        organisation_id=school.id,
        teacher_id=actor.person_id if teaches else None,
        asked_by_id=actor.person_id,
        label=wish.label.strip(),
        size=wish.size,
        granted=0,
        unnamed=0,
        is_whole=wish.is_whole,
        asked_at=clock.now(),
        names_until=end_of(wish.names_on),
    )
    writing().add(block)
    writing().flush()
    audit.record(actor, "ask_for_class", "block", block.id, size=wish.size)
    holds.end_holds_of(opening)
    places.fill_free_places(opening)
    return block


def end_of(day: date) -> datetime:
    """Return the moment at which the day is over in Rome."""
    return clock.from_rome(datetime.combine(day + timedelta(days=1), time()))


def last_day_for_names(opening: OpeningFacts) -> date:
    """Return the last day until which names can be awaited: three days before it begins, and while one may sign up."""
    latest = min(rules.last_moment(opening.signup_closes_at, opening.starts_at), opening.starts_at - NAMED_BEFORE)
    return clock.to_rome(latest).date() - timedelta(days=1)


def _school(slug: str) -> Organisation:
    school = session().scalar(
        sa.select(Organisation).where(
            Organisation.slug == slug,
            Organisation.kind == OrganisationKind.SCHOOL,
            Organisation.state == OrganisationState.VERIFIED,
        )
    )
    if school is None:
        raise RuleBroken(N_("Only a school that the administration has verified can come with a class."), field="school")
    return school


def admits_classes(opening: OpeningFacts) -> bool:
    """Whether a class could come at all: places for minors, given to whoever asks first."""
    return opening.kind is not ActivityKind.VOLUNTEERING and age_limits.admits_minors(opening.age_min, opening.age_basis)


def _check_admits_classes(opening: OpeningFacts, *, runs: bool) -> None:
    if not admits_classes(opening):
        raise RuleBroken(N_("This activity is not for young people: a class cannot come."))
    if opening.awaits_draw:
        raise RuleBroken(N_("Here the places are drawn: a class can ask once the draw is over."))
    if opening.entry_mode is EntryMode.APPROVAL and not runs:
        raise RuleBroken(N_("Here the organisation says yes to each request: ask it to hold the places for the class."))


def _check_wish(wish: Wish, opening: OpeningFacts) -> None:
    if not wish.label.strip():
        raise RuleBroken(N_("Write which class, for example 2B."), field="label")
    if not 2 <= wish.size <= MOST_AT_ONCE:
        raise RuleBroken(N_("For a class from 2 to %(most)s places can be asked for."), field="size", most=MOST_AT_ONCE)
    if wish.size > opening.capacity:
        raise RuleBroken(N_("There are only %(capacity)s places."), field="size", capacity=opening.capacity)
    last = last_day_for_names(opening)
    if last < clock.today():
        raise RuleBroken(N_("It begins too soon for a class: parents would have no time to answer."))
    if not clock.today() <= wish.names_on <= last:
        raise RuleBroken(
            N_("A day from today to %(last)s: then parents still have the time to answer."),
            field="names_on",
            last=format_day(last),
        )


def lock_block(actor: Actor, public_id: str, *, for_who_runs: bool = False) -> tuple[Block, OpeningFacts]:
    """Lock the opening of a block and return both, for whom the class is theirs; raise NotFound for everybody else.

    With `for_who_runs` also for who answers for the activity.
    """
    found = session().scalar(sa.select(Block).where(Block.public_id == public_id))
    if found is None:
        raise NotFound
    opening = facts.get_opening(found.opening_id)
    target = Target(organisation_id=found.organisation_id, person_id=found.teacher_id)
    runs = for_who_runs and can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=opening.organisation_id))
    if not (runs or actor.is_in(found.organisation_id)):
        raise NotFound
    if not runs:
        check_can(actor, Action.KEEP_CLASS, target)
    opening = facts.lock_opening(found.opening_id)
    block = writing().scalar(sa.select(Block).where(Block.id == found.id).execution_options(populate_existing=True))
    return block, opening


def give_back(actor: Actor, public_id: str, count: int) -> None:
    """Free so many places that have no name yet; the block waits for no more. Where none is left to name, it is over.

    Who runs the activity frees all of them, and the school is told.
    """
    block, opening = lock_block(actor, public_id, for_who_runs=True)
    if block.ended_at is not None:
        raise RuleBroken(N_("Nothing is held for this class any more."))
    is_of_school = actor.is_in(block.organisation_id)
    count = count if is_of_school else block.unnamed
    if not 0 <= count <= block.unnamed or (count == 0 and not block.missing):
        raise RuleBroken(N_("A number from 1 to %(most)s: so many places have no name yet."), field="count", most=block.unnamed)
    block.unnamed -= count
    block.granted -= count
    block.size = block.granted or block.size
    if block.unnamed == 0:
        block_queue.end(block, BlockEnd.GIVEN_BACK)
        if not is_of_school:
            outbox.record(BlockEnded(block.id, count))
    writing().flush()
    audit.record(actor, "give_back_class", "block", block.id, count=count)
    _free(opening, count)


def end_due(opening_id: int) -> int:
    """Free what no name was given for in time and let nobody wait beyond it; who teaches is told. Return how many ended."""
    opening = facts.lock_opening(opening_id)
    due = sa.select(Block).where(Block.opening_id == opening_id, Block.ended_at.is_(None), Block.names_until <= clock.now())
    blocks = writing().scalars(due.order_by(Block.id).execution_options(populate_existing=True)).all()
    freed = 0
    for block in blocks:
        is_complete = block.missing == 0 and block.unnamed == 0
        unnamed = block_queue.end(block, BlockEnd.RELEASED if block.granted else BlockEnd.NO_PLACE)
        freed += unnamed
        if not is_complete:
            outbox.record(BlockEnded(block.id, unnamed))
    if blocks:
        _free(opening, freed)
    return len(blocks)


def _free(opening: OpeningFacts, count: int) -> None:
    """Count so many places as free again and hand them to who waits, nothing being held back for who waits no more."""
    block_queue.hold_back(opening.id, 0)
    block_queue.count_as_taken(opening.id, -count)
    places.fill_free_places(opening)
