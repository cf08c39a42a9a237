"""The ages lifted for the one person who was let in: the link counts where the ages alone say no."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from civic.accounts.rules import is_minor_on
from civic.activities.age_limits import first_day
from civic.activities.kinds import kind_of
from civic.activities.models import Signup
from civic.activities.queries.conducting import get_conducted
from civic.activities.types import GUARDED, LIVE, OpeningFacts, PersonFacts
from civic.activities.ways_in import AgeException
from civic.kernel import clock
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import hash_token

_WORTHLESS = N_("The permission to come outside the ages is no longer valid: ask the organisation for another.")


def is_usable(token: str, activity_id: int) -> bool:
    """Whether somebody outside the ages could sign up with this link now."""
    exception = session().scalar(_of(token, activity_id))
    return exception is not None and not _is_in_use(exception)


def check_can_hold(person: PersonFacts, opening: OpeningFacts, token: str | None) -> bool:
    """Raise RuleBroken where the person may not have a place here; return whether they may only because of the link."""
    kind = kind_of(opening.kind)
    try:
        kind.check_can_hold(person, opening)
    except RuleBroken:
        if token is None:
            raise
        kind.check_can_hold(person, _without_ages(opening))
        if not is_usable(token, opening.activity_id):
            raise RuleBroken(_WORTHLESS, field="birth_on") from None
        _check_adults(person, opening)
        return True
    return False


def _check_adults(person: PersonFacts, opening: OpeningFacts) -> None:
    """Raise RuleBroken for somebody not of age where nobody was declared because nobody not of age was meant to come."""
    if opening.kind not in GUARDED or not is_minor_on(person.birth_on, first_day(opening)):
        return
    if get_conducted(opening.activity_id).missing_for_minors(clock.today()):
        raise RuleBroken(N_("The organisation must first say which adults may be with minors here: ask them."), field="birth_on")


def spend(token: str, opening: OpeningFacts, signup_id: int) -> None:
    """Tie the link to this signup: of two who try at once only one gets in. Raises RuleBroken for the other."""
    # Whether it is in use is asked once the row is locked: the statement that waits for the lock does not see it.
    locked = _of(token, opening.activity_id).with_for_update().execution_options(populate_existing=True)
    exception = writing().scalar(locked)
    if exception is None or _is_in_use(exception):
        raise RuleBroken(_WORTHLESS, field="birth_on")
    exception.signup_id = signup_id
    writing().flush()


def lift_for(opening: OpeningFacts, signup_id: int) -> OpeningFacts:
    """Return the opening as it is for who has this signup: without ages where they were let in."""
    if opening.age_min is None and opening.age_max is None:
        return opening
    let_in = sa.exists().where(AgeException.signup_id == signup_id)
    return _without_ages(opening) if session().scalar(sa.select(let_in)) else opening


def _without_ages(opening: OpeningFacts) -> OpeningFacts:
    return replace(opening, age_min=None, age_max=None)


def _of(token: str, activity_id: int) -> sa.Select:
    return sa.select(AgeException).where(
        AgeException.token_hash == hash_token(token),
        AgeException.activity_id == activity_id,
        AgeException.withdrawn_at.is_(None),
    )


def _is_in_use(exception: AgeException) -> bool:
    live = sa.exists().where(Signup.id == exception.signup_id, Signup.state.in_(sorted(LIVE)))
    return bool(session().scalar(sa.select(live)))
