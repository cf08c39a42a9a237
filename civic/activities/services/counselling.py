"""Which activities are counselling: said by the safeguarding officer alone, before anybody signs up."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.types import ACCOUNT_AGE
from civic.activities.models import Activity
from civic.activities.policy import Action, Target, check_can
from civic.activities.services.precautions import has_signups
from civic.activities.types import ActivityKind, ActivityState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_


def mark_counselling(actor: Actor, public_id: str, *, is_counselling: bool) -> Activity:
    """Let those of 14 to 17 come to the activity without anybody being asked at home, or no longer; for the safeguarding officer.

    Raises RuleBroken where somebody has signed up already under other terms, it is for volunteers, cancelled or over, or nobody
    of that age may come.
    """
    check_can(actor, Action.MARK_COUNSELLING, Target())
    # Who is signing up at this moment holds on to the row, and is waited for: then they are there to be seen.
    lock = sa.select(Activity).where(Activity.public_id == public_id).with_for_update()
    activity = writing().scalars(lock.execution_options(populate_existing=True)).one_or_none()
    if activity is None:
        raise NotFound
    if activity.is_counselling == is_counselling:
        return activity
    _check_can_be_marked(activity)
    activity.is_counselling, activity.updated_at = is_counselling, clock.now()
    writing().flush()
    audit.record(actor, "mark_counselling" if is_counselling else "unmark_counselling", "activity", activity.id)
    return activity


def _check_can_be_marked(activity: Activity) -> None:
    if activity.kind is ActivityKind.VOLUNTEERING:
        raise RuleBroken(N_("Volunteers are not counselled: this one cannot be marked."))
    if activity.state is ActivityState.CANCELLED or (activity.ends_at is not None and activity.ends_at <= clock.now()):
        raise RuleBroken(N_("This activity is over."))
    if activity.age_max is not None and activity.age_max < ACCOUNT_AGE:
        raise RuleBroken(N_("Nobody of 14 or more may come to this activity."))
    if has_signups(activity.id):
        raise RuleBroken(N_("Somebody has signed up already, under the terms there were: make a copy of it and mark that one."))
