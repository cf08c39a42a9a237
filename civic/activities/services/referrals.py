"""Places kept for who is sent by a service or a school: a link for one person, made for a reason, that nobody else sees."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.models import Opening, Signup
from civic.activities.services.publishing import lock_own_activity
from civic.activities.types import LIVE, ActivityState
from civic.activities.ways_in import Referral
from civic.audit import services as audit
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import hash_token, new_public_id

MOST_OPEN = 50
_SPENT = N_("This link was already used or is no longer valid: sign up as everybody does.")


def make(actor: Actor, activity_public_id: str, service: str, reason: str) -> Referral:
    """Write that one person sent by `service` may have a place that is kept, and return it; `token_of` gives the way in.

    Raises RuleBroken without service and reason, where nothing is kept any more, or too many links are unused.
    """
    activity = lock_own_activity(actor, activity_public_id)
    if not service.strip():
        raise RuleBroken(N_("Write which service or school asks."), field="service")
    if not reason.strip():
        raise RuleBroken(N_("Write why: it is kept with the link."), field="reason")
    if activity.state is not ActivityState.PUBLISHED:
        raise RuleBroken(N_("This activity is not open for sign-ups."))
    kept_until = session().scalar(
        sa.select(sa.func.max(Opening.reserved_until)).where(Opening.activity_id == activity.id, Opening.reserved > 0)
    )
    if kept_until is None or kept_until <= clock.now():
        raise RuleBroken(N_("No place is kept here now: say first how many, and until when."))
    if sum(1 for one, _by, in_use in list_of(activity.id) if is_open(one) and not in_use) >= MOST_OPEN:
        raise RuleBroken(N_("Many links have not been used yet: withdraw those that nobody needs."))
    referral = Referral(
        activity_id=activity.id,
        nonce=new_public_id(),
        token_hash=b"",
        service=service.strip(),
        reason=reason.strip(),
        created_by_id=actor.person_id,
        created_at=clock.now(),
        expires_at=kept_until,
    )
    writing().add(referral)
    writing().flush()
    referral.token_hash = hash_token(token_of(referral))
    writing().flush()
    audit.record(actor, "make_referral", "activity", activity.id, referral=referral.id)
    return referral


def withdraw(actor: Actor, activity_public_id: str, referral_id: int) -> None:
    """Let the link serve nobody any more; who has signed up with it keeps the place."""
    activity = lock_own_activity(actor, activity_public_id)
    referral = writing().get(Referral, referral_id)
    if referral is None or referral.activity_id != activity.id:
        raise NotFound
    if referral.withdrawn_at is None:
        referral.withdrawn_at = clock.now()
        writing().flush()
        audit.record(actor, "withdraw_referral", "activity", activity.id, referral=referral.id)


def list_of(activity_id: int) -> Sequence[tuple[Referral, str, bool]]:
    """Return the links of the activity, newest first: the name of who made it, and whether a live signup holds it."""
    statement = (
        sa.select(Referral, Person, Signup.state)
        .join(Person, Person.id == Referral.created_by_id)
        .outerjoin(Signup, Signup.id == Referral.signup_id)
        .where(Referral.activity_id == activity_id)
        .order_by(Referral.id.desc())
        .limit(200)
    )
    return [(referral, person.full_name, state in LIVE) for referral, person, state in session().execute(statement)]


def is_open(referral: Referral) -> bool:
    """Whether the link was neither withdrawn nor has run out."""
    return referral.withdrawn_at is None and referral.expires_at > clock.now()


def is_usable(token: str | None, activity_id: int) -> bool:
    """Whether somebody could sign up with this link now; without a link nobody can."""
    if token is None:
        return False
    referral = session().scalar(_of(token).where(Referral.activity_id == activity_id))
    return referral is not None and not _is_in_use(referral)


def spend(token: str, signup_id: int) -> None:
    """Tie the link to this signup: of two who try at once only one gets in. Raises RuleBroken for the other."""
    # Whether it is in use is asked once the row is locked: the statement that waits for the lock does not see it.
    referral = writing().scalar(_of(token).with_for_update().execution_options(populate_existing=True))
    if referral is None or _is_in_use(referral):
        raise RuleBroken(_SPENT)
    referral.signup_id = signup_id
    writing().flush()


def withdraw_with(signup_id: int) -> None:
    """Let the link of a signup that the organisation has ended serve nobody any more."""
    mine = sa.update(Referral).where(Referral.signup_id == signup_id, Referral.withdrawn_at.is_(None))
    writing().execute(mine.values(withdrawn_at=clock.now()))


def token_of(referral: Referral) -> str:
    """Return what the link holds: an id and a signature, recomputed when it is shown; the table keeps the hash."""
    return f"{referral.id}-{crypto.sign('referral', referral.id, referral.nonce)}"


def _of(token: str) -> sa.Select:
    return sa.select(Referral).where(
        Referral.token_hash == hash_token(token), Referral.withdrawn_at.is_(None), Referral.expires_at > clock.now()
    )


def _is_in_use(referral: Referral) -> bool:
    live = sa.exists().where(Signup.id == referral.signup_id, Signup.state.in_(sorted(LIVE)))
    return bool(session().scalar(sa.select(live)))
