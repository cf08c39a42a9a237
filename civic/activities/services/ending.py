"""Waiting that ends: when it begins nobody gets in any more, and a guardian's silence keeps no child in the list."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from civic.accounts.rules import may_have_account
from civic.activities.events import AuthorisationFoundMissing, SignupExpired, WaitEnded
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import facts
from civic.activities.queries.yeses import list_yeses
from civic.activities.services import sibling_queue
from civic.activities.services.moves import close_authorisation, move
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import writing
from civic.outbox import services as outbox

_ASKED = (SignupState.WAITING, SignupState.OFFERED, SignupState.CONFIRMED)


def end_at_start(opening_id: int) -> int:
    """Once nobody may come in any more, end what still waits or has asked; each is told kindly, once. Return how many ended."""
    opening = facts.lock_opening(opening_id)
    if opening.last_entry_at is None or clock.now() < opening.last_entry_at:
        return 0
    ended = _lock(Signup.opening_id == opening_id, Signup.state.in_((SignupState.REQUESTED, SignupState.WAITING)))
    for signup in ended:
        move(SYSTEM, signup, SignupState.EXPIRED, reason="it has begun")
        outbox.record(WaitEnded(signup.id))
    sibling_queue.untie(ended)
    return len(ended)


def end_unanswered_waits(opening_id: int) -> int:
    """Close every question to a guardian that nobody answered in time; a hold that waits for it ends by itself. Return how many.

    A child who waits and whose data stand only on that answer leaves the list; from 14, or with the yes of one guardian of
    two, one stays, keeps the turn and may ask again. Who has a place, or is offered one, since before the yes was needed
    keeps it and is told to ask again.
    """
    facts.lock_opening(opening_id)
    silent = sa.exists().where(
        Authorisation.signup_id == Signup.id, Authorisation.answer.is_(None), Authorisation.expires_at <= clock.now()
    )
    unanswered = _lock(Signup.opening_id == opening_id, Signup.state.in_(_ASKED), ~Signup.awaits_click, silent)
    for signup in unanswered:
        close_authorisation(signup.id)
        if signup.state is SignupState.WAITING and _is_child(signup) and not list_yeses(signup.id):
            move(SYSTEM, signup, SignupState.EXPIRED, reason="no answer in time")
            outbox.record(SignupExpired(signup.id, was_waiting_for_guardian=True, held_place=False))
        elif signup.state is not SignupState.WAITING and signup.needs_authorisation:
            outbox.record(AuthorisationFoundMissing(signup.id))
    return len(unanswered)


def _is_child(signup: Signup) -> bool:
    birth_on = facts.get_person(signup.person_id).birth_on
    return birth_on is not None and not may_have_account(birth_on, clock.today())


def _lock(*conditions: sa.ColumnElement[bool]) -> Sequence[Signup]:
    statement = sa.select(Signup).where(*conditions).order_by(Signup.id).with_for_update(of=Signup)
    return writing().scalars(statement.execution_options(populate_existing=True)).all()
