"""One person outside the ages: let in by who runs the activity, for a reason, through a link that serves one sign-up."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.models import Signup
from civic.activities.services.publishing import lock_own_activity
from civic.activities.types import LIVE, ActivityState
from civic.activities.ways_in import AgeException
from civic.audit import services as audit
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import hash_token, new_public_id

MOST_OPEN = 20


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
    if sum(1 for one, _by, in_use in list_of(activity.id) if not in_use and one.withdrawn_at is None) >= MOST_OPEN:
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


def list_of(activity_id: int) -> Sequence[tuple[AgeException, str, bool]]:
    """Return the permissions of the activity, newest first: the name of who gave it, and whether a live signup holds it."""
    statement = (
        sa.select(AgeException, Person, Signup.state)
        .join(Person, Person.id == AgeException.created_by_id)
        .outerjoin(Signup, Signup.id == AgeException.signup_id)
        .where(AgeException.activity_id == activity_id)
        .order_by(AgeException.id.desc())
        .limit(200)
    )
    return [(exception, person.full_name, state in LIVE) for exception, person, state in session().execute(statement)]


def withdraw_with(signup_id: int) -> None:
    """Let the permission of a signup that the organisation has ended serve nobody any more."""
    mine = sa.update(AgeException).where(AgeException.signup_id == signup_id, AgeException.withdrawn_at.is_(None))
    writing().execute(mine.values(withdrawn_at=clock.now()))


def token_of(exception: AgeException) -> str:
    """Return what the link holds: an id and a signature, recomputed when it is shown; the table keeps the hash."""
    return f"{exception.id}-{crypto.sign('age_exception', exception.id, exception.nonce)}"
