"""The register of an activity: from when on a certificate is earned, and the day on which the totals are fixed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.activities.models import Activity
from civic.activities.policy import Action, Target, check_can
from civic.activities.services.publishing import lock_own_activity
from civic.activities.types import ActivityState
from civic.audit import services as audit
from civic.certificates import rules
from civic.certificates.models import Register
from civic.certificates.queries import hours
from civic.certificates.services.issuing import issue
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_


def set_threshold(actor: Actor, activity_public_id: str, percent: int) -> None:
    """Say which share of the scheduled minutes makes a certificate of attendance; raise RuleBroken once it is closed."""
    _activity, register = lock_register(actor, activity_public_id)
    rules.check_is_open(register.closed_at is not None)
    rules.check_threshold(percent)
    if register.threshold != percent:
        audit.record(actor, "set_threshold", "activity", register.activity_id, before=register.threshold, after=percent)
        register.threshold = percent


def close_register(actor: Actor, activity_public_id: str) -> int:
    """Fix the totals of everybody and issue their documents; return how many."""
    activity, register = lock_register(actor, activity_public_id)
    rules.check_is_open(register.closed_at is not None)
    meetings, people = hours.count_meetings(activity.id), hours.list_hours(activity.id)
    rules.check_can_close(meetings.took_place, meetings.to_come, hours.gaps_of(people))
    register.closed_at, register.closed_by_id = clock.now(), actor.person_id
    issued = issue(actor, activity, people, register.threshold)
    audit.record(actor, "close_register", "activity", activity.id, certificates=len(issued))
    return len(issued)


def lock_register(actor: Actor, activity_public_id: str) -> tuple[Activity, Register]:
    """Return an activity and its register for who keeps it, locked until the transaction ends."""
    activity = lock_own_activity(actor, activity_public_id)
    check_can(actor, Action.KEEP_REGISTER, Target(organisation_id=activity.organisation_id))
    if activity.state is ActivityState.DRAFT:
        raise RuleBroken(N_("A draft has no register yet: publish it first."))
    blank = insert(Register).values(activity_id=activity.id, threshold=rules.DEFAULT_THRESHOLD)
    writing().execute(blank.on_conflict_do_nothing(index_elements=["activity_id"]))
    return activity, writing().scalars(sa.select(Register).where(Register.activity_id == activity.id).with_for_update()).one()
