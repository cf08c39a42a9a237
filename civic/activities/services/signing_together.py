"""Brothers and sisters whom who answers for them signs up at once: all or none, or each as there are places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from civic.accounts.models import Person
from civic.activities import rules
from civic.activities.policy import Action, Target, check_can
from civic.activities.queries import facts
from civic.activities.services import holds, sibling_queue
from civic.activities.services.authorising import Given
from civic.activities.services.signing_up import AlreadySignedUp, Entry, enter
from civic.activities.siblings import FEWEST, MOST
from civic.activities.types import ActivityKind, EntryMode, OpeningFacts, SignupState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Together:
    """For whom places are asked in an opening (its public id), and what their guardian says about it.

    `all_or_none`: they take places only if there is one for each, and wait for that together. `guardian_id` is who must say yes
    as well, where both guardians are asked.
    """

    opening: str
    children: Sequence[int]
    submit_key: str
    all_or_none: bool
    authorisation: Given
    guardian_id: int | None = None


def admits_siblings(opening: OpeningFacts) -> bool:
    """Whether several may be signed up at once: where who comes first has a place, and not for volunteers."""
    return opening.kind is not ActivityKind.VOLUNTEERING and opening.entry_mode is EntryMode.INSTANT


def sign_up_together(actor: Actor, wish: Together) -> list[str]:
    """Give each of them a place, or the turn in the line, and return the public ids of their signups, in their order.

    The same key gives the same signups. Raises RuleBroken with the first rule that says no, and of whom; then nobody is in.
    """
    for child in wish.children:
        check_can(actor, Action.SIGN_UP, Target(person_id=child))
    if not FEWEST <= len(set(wish.children)) <= MOST:
        raise RuleBroken(N_("Choose from %(fewest)s to %(most)s of them."), field="children", fewest=FEWEST, most=MOST)
    opening = facts.lock_opening(facts.get_opening_by_public_id(wish.opening).id)
    rules.check_is_open(opening, clock.now())
    if not admits_siblings(opening):
        raise RuleBroken(N_("Here each of them is signed up alone."))
    holds.end_holds_of(opening)
    opening = facts.get_opening(opening.id)
    fits = opening.open_to_all - opening.taken >= len(wish.children)
    signups = [_enter(actor, wish, child, may_hold=fits or not wish.all_or_none) for child in wish.children]
    waiting = [one.id for one in map(facts.find_signup, signups) if one.state is SignupState.WAITING]
    if wish.all_or_none and len(waiting) == len(signups):
        sibling_queue.tie(waiting)
    return signups


def _enter(actor: Actor, wish: Together, child: int, *, may_hold: bool) -> str:
    entry = Entry(
        opening=wish.opening,
        person_id=child,
        submit_key=f"{wish.submit_key}-{child}",
        joins_queue=True,
        guardian_id=wish.guardian_id,
        authorisation=wish.authorisation,
        may_hold=may_hold,
    )
    try:
        return enter(actor, entry)
    except AlreadySignedUp:
        raise _refused(child, _("is signed up here already")) from None
    except RuleBroken as error:
        if error.field in ("second_email", "phone"):
            raise
        raise _refused(child, _(error.message, **error.values)) from None


def _refused(child: int, why: str) -> RuleBroken:
    name = session().get(Person, child).given_name
    return RuleBroken(N_("%(name)s cannot be signed up: %(why)s"), field="children", name=name, why=why)
