"""One person outside the ages: let in by who runs the activity, for a reason, through a link that serves one sign-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.models import AgeException, Signup
from civic.activities.services.publishing import lock_own_activity
from civic.activities.types import LIVE, ActivityState, OpeningFacts
from civic.audit import services as audit
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import hash_token, new_public_id

MOST_OPEN = 20
_WORTHLESS = N_("The permission to come outside the ages is no longer valid: ask the organisation for another.")


def allow(actor: Actor, activity_public_id: str, reason: str) -> AgeException:
    """Write that one person may come whatever their age, and return it; `token_of` gives the way in.

    Raises RuleBroken without a reason, where the activity has no ages or takes nobody, or too many are unused.
    """
    activity = lock_own_activity(actor, activity_public_id)
    if not reason.strip():
        raise RuleBroken(N_("Write why: it is kept with the permission."), field="reason")
    if activity.state is not ActivityState.PUBLISHED:
        raise RuleBroken(N_("This activity is not open for sign-ups."))
    if activity.age_min is None and activity.age_max is None:
        raise RuleBroken(N_("This activity has no limits of age: everybody may sign up."))
    if sum(1 for one, _person in list_of(activity.id) if one.is_open) >= MOST_OPEN:
        raise RuleBroken(N_("Many permissions have not been used yet: withdraw those that nobody needs."))
    exception = AgeException(
        activity_id=activity.id,
        nonce=new_public_id(),
        token_hash=b"",
        reason=reason.strip(),
        created_by_id=actor.person_id,
        created_at=clock.now(),
    )
    writing().add(exception)
    writing().flush()
    exception.token_hash = hash_token(token_of(exception))
    writing().flush()
    audit.record(actor, "allow_age_exception", "activity", activity.id, exception=exception.id)
    return exception


def withdraw(actor: Actor, activity_public_id: str, exception_id: int) -> None:
    """Let the permission serve nobody any more; who has signed up with it keeps the place."""
    activity = lock_own_activity(actor, activity_public_id)
    exception = writing().get(AgeException, exception_id)
    if exception is None or exception.activity_id != activity.id:
        raise NotFound
    if exception.withdrawn_at is None:
        exception.withdrawn_at = clock.now()
        writing().flush()
        audit.record(actor, "withdraw_age_exception", "activity", activity.id, exception=exception.id)


def list_of(activity_id: int) -> Sequence[tuple[AgeException, str]]:
    """Return the permissions of the activity, newest first, each with the name of who gave it."""
    statement = (
        sa.select(AgeException, Person)
        .join(Person, Person.id == AgeException.created_by_id)
        .where(AgeException.activity_id == activity_id)
        .order_by(AgeException.id.desc())
        .limit(200)
    )
    return [(exception, person.full_name) for exception, person in session().execute(statement)]


def token_of(exception: AgeException) -> str:
    """Return what the link holds: an id and a signature, recomputed when it is shown; the table keeps the hash."""
    return f"{exception.id}-{crypto.sign('age_exception', exception.id, exception.nonce)}"


def is_usable(token: str, activity_id: int) -> bool:
    """Whether somebody outside the ages could sign up with this link now."""
    return _find(token, activity_id) is not None


def lift(opening: OpeningFacts, token: str | None) -> OpeningFacts:
    """Return the opening as it is for who comes with this link: without limits of age. Raises RuleBroken where it is spent."""
    if token is None:
        return opening
    if _find(token, opening.activity_id) is None:
        raise RuleBroken(_WORTHLESS, field="birth_on")
    return _without_ages(opening)


def spend(token: str, opening: OpeningFacts, signup_id: int) -> None:
    """Tie the link to this signup: of two who try at once only one gets in. Raises RuleBroken for the other."""
    exception = _find(token, opening.activity_id, for_update=True)
    if exception is None:
        raise RuleBroken(_WORTHLESS, field="birth_on")
    exception.signup_id = signup_id
    writing().flush()


def lift_for(opening: OpeningFacts, person_id: int) -> OpeningFacts:
    """Return the opening as it is for a person who has signed up already: without ages where they were let in."""
    if opening.age_min is None and opening.age_max is None:
        return opening
    let_in = sa.exists().where(
        AgeException.activity_id == opening.activity_id,
        AgeException.signup_id == Signup.id,
        Signup.person_id == person_id,
    )
    return _without_ages(opening) if session().scalar(sa.select(let_in)) else opening


def _without_ages(opening: OpeningFacts) -> OpeningFacts:
    return replace(opening, age_min=None, age_max=None)


def _find(token: str, activity_id: int, *, for_update: bool = False) -> AgeException | None:
    """Return what the token opens: not withdrawn, and not held by a signup that is live."""
    in_use = sa.exists().where(Signup.id == AgeException.signup_id, Signup.state.in_(sorted(LIVE)))
    statement = sa.select(AgeException).where(
        AgeException.token_hash == hash_token(token),
        AgeException.activity_id == activity_id,
        AgeException.withdrawn_at.is_(None),
        ~in_use,
    )
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session().scalar(statement)
