"""Names for the places that a class holds: each becomes a signup that waits for the guardian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.accounts.rules import may_have_account
from civic.accounts.services import people
from civic.accounts.services.people import PersonDetails
from civic.activities import rules
from civic.activities.blocks import Block, BlockPupil
from civic.activities.events import SignupCancelled
from civic.activities.kinds import kind_of
from civic.activities.models import Opening, Signup
from civic.activities.queries import facts, guardians
from civic.activities.services import asking, blocks, correcting, places
from civic.activities.services.moves import move
from civic.activities.types import LIVE, OpeningFacts, PersonFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import new_public_id
from civic.outbox import services as outbox


@dataclass(frozen=True, slots=True)
class Pupil:
    """Who comes for one of the places, and where a guardian is asked; without an address a sheet is printed for the family."""

    given_name: str
    family_name: str
    birth_on: date | None
    guardian_email: str | None


class RowsRefused(RuleBroken):
    """Some of the names cannot be taken, and so none was; `rows` says of which row what is wrong."""

    def __init__(self, rows: Sequence[tuple[int, RuleBroken]]) -> None:
        super().__init__(N_("Look at the rows marked here: no name was written yet."))
        self.rows = rows


def name_pupils(actor: Actor, block_public_id: str, pupils: Sequence[Pupil]) -> int:
    """Write a signup for each pupil in one of the places held, ask each guardian for the yes, and return how many.

    Raises RowsRefused where a row cannot be taken; RuleBroken where the time is over or there are fewer places than names.
    """
    block, opening = blocks.lock_block(actor, block_public_id)
    _check_can_name(block, opening)
    if len(pupils) > block.unnamed:
        raise RuleBroken(
            N_("You have written %(count)s names, and %(left)s places have no name yet."), count=len(pupils), left=block.unnamed
        )
    known = {_key(person.given_name, person.family_name, person.birth_on) for _signup, person in _list_pupils(block)}
    refused = []
    for number, pupil in enumerate(pupils):
        try:
            _check(pupil, opening, known)
            known.add(_key(pupil.given_name, pupil.family_name, pupil.birth_on))
        except RuleBroken as error:
            refused.append((number, error))
    if refused:
        raise RowsRefused(refused)
    for number, pupil in enumerate(pupils):
        try:
            _name(actor, block, opening, pupil)
        except RuleBroken as error:
            raise RowsRefused([(number, error)]) from None
    writing().refresh(block)
    audit.record(actor, "name_pupils", "block", block.id, count=len(pupils))
    return len(pupils)


def _check_can_name(block: Block, opening: OpeningFacts) -> None:
    if block.ended_at is not None or block.names_until <= clock.now():
        raise RuleBroken(N_("Nothing is held for this class any more."))
    rules.check_may_still_come_in(opening, clock.now())


def _check(pupil: Pupil, opening: OpeningFacts, known: set[tuple]) -> None:
    """Raise RuleBroken where this pupil cannot be named, whoever else is."""
    people.check_details(PersonDetails(pupil.given_name, pupil.family_name))
    person = PersonFacts(0, pupil.birth_on, None, None)
    kind_of(opening.kind).check_can_hold(person, opening)
    if not kind_of(opening.kind).needs_authorisation(person, opening):
        raise RuleBroken(N_("Who is of age on that day signs up alone: leave this row empty."), field="birth_on")
    if may_have_account(pupil.birth_on, clock.today()) and not pupil.family_name.strip():
        raise RuleBroken(N_("From 14 on the family name is needed."), field="family_name")
    if _key(pupil.given_name, pupil.family_name, pupil.birth_on) in known:
        raise RuleBroken(N_("This name with this date of birth is here already."), field="given_name")


def _key(given_name: str, family_name: str, birth_on: date | None) -> tuple[str, str, date | None]:
    return given_name.strip().casefold(), family_name.strip().casefold(), birth_on


def _name(actor: Actor, block: Block, opening: OpeningFacts, pupil: Pupil) -> None:
    child = _child_of(pupil, opening)
    guardian_id = asking.guardian_at(pupil.guardian_email, child) if pupil.guardian_email else people.contact_without_address()
    now = clock.now()
    signup_id = places.name_for_held_place(
        {
            "block_id": block.id,
            "public_id": new_public_id(),
            "opening_id": opening.id,
            "activity_id": opening.activity_id,
            "person_id": child,
            "created_by_id": actor.person_id,
            "actor_id": actor.person_id,
            "state": SignupState.PENDING_GUARDIAN.value,
            "needs_authorisation": True,
            "awaits_click": False,
            "is_referred": False,
            "now": now,
            "hold_until": rules.hold_until_for(SignupState.PENDING_GUARDIAN, now, opening),
            "confirmed_at": None,
            "event": None,
        }
    )
    writing().add(BlockPupil(signup_id=signup_id, block_id=block.id, named_at=now))
    asked = asking.write_open(signup_id, guardian_id, opening)
    if pupil.guardian_email:
        outbox.record(asking.ask(asked, signup_id))


def _child_of(pupil: Pupil, opening: OpeningFacts) -> int:
    """Return the child of this name for whom that address answers, or a new one; raise RuleBroken who is signed up already."""
    details = PersonDetails(pupil.given_name, pupil.family_name, pupil.birth_on)
    known = None
    if pupil.guardian_email:
        named = (pupil.given_name, pupil.family_name, pupil.birth_on, pupil.guardian_email)
        known = guardians.find_child(*named) if pupil.family_name.strip() else None
        if guardians.find_signup_of_child(writing().get(Opening, opening.id).public_id, *named):
            raise RuleBroken(N_("Already signed up here."), field="given_name")
    return known or people.add_person(details).id


def _list_pupils(block: Block) -> Sequence[tuple[Signup, Person]]:
    """Return who was named and is still signed up."""
    statement = (
        sa.select(Signup, Person)
        .join(BlockPupil, BlockPupil.signup_id == Signup.id)
        .join(Person, Person.id == Signup.person_id)
        .where(BlockPupil.block_id == block.id, Signup.state.in_(sorted(LIVE)))
    )
    return session().execute(statement).all()


def take_name_back(actor: Actor, block_public_id: str, signup_public_id: str) -> None:
    """End the signup of who was named by mistake: as long as names are awaited the place waits for another name.

    Once the family has said yes only they give the place back.
    """
    block, opening = blocks.lock_block(actor, block_public_id)
    signup = _lock_pupil(block, signup_public_id)
    if signup.state is not SignupState.PENDING_GUARDIAN:
        raise RuleBroken(N_("The family has answered already: only they can give the place back."))
    move(actor, signup, SignupState.CANCELLED, reason="name taken back by the school")
    writing().execute(sa.delete(BlockPupil).where(BlockPupil.signup_id == signup.id))
    if block.ended_at is None and block.names_until > clock.now():
        block.unnamed += 1
        writing().flush()
    else:
        places.hand_over(opening, signup)
    audit.record(actor, "take_name_back", "signup", signup.id)
    outbox.record(SignupCancelled(signup.id, by_organisation=True))


def correct_address(actor: Actor, block_public_id: str, signup_public_id: str, email: str) -> None:
    """Ask a guardian at another address: links and sheets that went before are worthless."""
    block, opening = blocks.lock_block(actor, block_public_id)
    correcting.ask_at(actor, _lock_pupil(block, signup_public_id), opening, email)


def _lock_pupil(block: Block, signup_public_id: str) -> Signup:
    named = sa.select(Signup.id).join(BlockPupil, BlockPupil.signup_id == Signup.id)
    signup_id = session().scalar(named.where(BlockPupil.block_id == block.id, Signup.public_id == signup_public_id))
    if signup_id is None:
        raise NotFound
    return facts.lock_signup(signup_id)
