"""The gate before minors: no workshop for them is public, or takes more of them, without adults whose certificates were seen."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.models import Activity
from civic.activities.queries.conducting import get_conducted, lock_facilitators
from civic.activities.types import ActivityState
from civic.kernel import clock
from civic.kernel.db import writing


def needs_declared_adults(activity: Activity) -> bool:
    """Whether somebody not of age may take part in it, or was let in, and would meet its adults again and again."""
    writing().flush()
    return get_conducted(activity.id).is_for_minors


def is_public_for_minors(activity: Activity) -> bool:
    """Whether it is one that can be seen and is not over: what makes it weaker is refused."""
    is_over = activity.ends_at is not None and activity.ends_at <= clock.now()
    return activity.state is ActivityState.PUBLISHED and not is_over and needs_declared_adults(activity)


def check_adults(activity: Activity) -> None:
    """Raise RuleBroken with the first thing that the activity, as it is now, needs before minors may come to it."""
    writing().flush()
    lock_facilitators(activity.id)
    for problem in get_conducted(activity.id).missing(clock.today()):
        raise problem


def lock_activity(activity_id: int) -> Activity:
    """Lock the activity, before any of its places, until the transaction ends: who changes it and who publishes take turns."""
    lock = sa.select(Activity).where(Activity.id == activity_id).with_for_update(key_share=True)
    return writing().scalars(lock.execution_options(populate_existing=True)).one()
