"""Brothers and sisters in the line of an opening: they stand as one, and are given places only for all.

Whoever calls holds the lock of the opening, under which alone somebody leaves the line or enters it as one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.accounts.models import Person
from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.activities.models import Signup, SignupMove
from civic.activities.services.block_queue import MOST_PASSES
from civic.activities.siblings import FEWEST, HOLDS_BACK_UNTIL, Sibling
from civic.activities.types import HOLDING, OpeningFacts, SignupState
from civic.kernel import clock
from civic.kernel.db import writing


@dataclass(frozen=True, slots=True)
class WaitingSiblings:
    """Two or more who wait together, and how many smaller requests behind them were given a place meanwhile."""

    signups: tuple[Signup, ...]
    passed: int
    is_near: bool

    @property
    def passes_left(self) -> float:
        """How many more may go past them: as many as come, once it is near."""
        return inf if self.is_near else max(MOST_PASSES - self.passed, 0)

    @property
    def turn(self) -> tuple[int, datetime, int]:
        """Where they stand in the line: where the first of them does."""
        return min((one.priority, one.joined_at, one.id) for one in self.signups)


def gather(waiting: Sequence[Signup], opening: OpeningFacts) -> list[Signup | WaitingSiblings]:
    """Return who waits, those together who wait together; who is left alone of them waits as anybody."""
    by_id = {one.id: one for one in waiting}
    together: dict[int, list[Signup]] = {}
    if by_id:
        statement = _of_minors(sa.select(Sibling.signup_id, Sibling.first_id)).where(Sibling.signup_id.in_(sorted(by_id)))
        for signup_id, first_id in writing().execute(statement.order_by(Sibling.signup_id)):
            together.setdefault(first_id, []).append(by_id[signup_id])
    groups = [tuple(group) for group in together.values() if len(group) >= FEWEST]
    grouped = {one.id for group in groups for one in group}
    is_near = opening.starts_at is not None and clock.now() >= opening.starts_at - HOLDS_BACK_UNTIL
    families = [WaitingSiblings(group, _count_passes(group), is_near) for group in groups]
    return [*(one for one in waiting if one.id not in grouped), *families]


def _count_passes(group: tuple[Signup, ...]) -> int:
    """Count those who joined after them and have held a place since; who missed an offer and stands behind now passed nobody."""
    since = max(one.joined_at for one in group)
    had_a_place = sa.exists().where(
        SignupMove.signup_id == Signup.id, SignupMove.after.in_(sorted(HOLDING)), SignupMove.at >= Signup.joined_at
    )
    statement = sa.select(sa.func.count()).where(
        Signup.opening_id == group[0].opening_id, Signup.joined_at > since, ~Signup.is_referred, had_a_place
    )
    return writing().scalar(statement)


def tie(signup_ids: Sequence[int]) -> None:
    """Let these signups wait, and be offered places, together."""
    first = min(signup_ids)
    rows = [{"signup_id": one, "first_id": first} for one in sorted(signup_ids)]
    writing().execute(insert(Sibling).on_conflict_do_nothing(), rows)


def untie(signups: Sequence[Signup]) -> bool:
    """Let each of them stand alone from now on; return whether one of them did not."""
    gone = sa.delete(Sibling).where(Sibling.signup_id.in_([one.id for one in signups]))
    return writing().execute(gone).rowcount > 0


def list_offered_with(signup: Signup) -> list[Signup]:
    """Return the signup and those who were offered places together with it, or the signup alone."""
    first = sa.select(Sibling.first_id).where(Sibling.signup_id == signup.id).scalar_subquery()
    statement = _of_minors(sa.select(Signup).select_from(Sibling)).where(Sibling.first_id == first)
    offered = list(writing().scalars(statement.where(Signup.state == SignupState.OFFERED).order_by(Signup.id)).all())
    return offered if signup.id in {one.id for one in offered} else [signup]


def _of_minors(statement: sa.Select) -> sa.Select:
    """Leave those out who are of age by now: they answer for themselves, and stand alone."""
    joined = statement.join(Signup, Signup.id == Sibling.signup_id).join(Person, Person.id == Signup.person_id)
    return joined.where(Person.birth_on > born_on_or_before(ADULT_AGE, clock.today()))
