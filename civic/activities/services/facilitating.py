"""Who conducts an activity: members of its organisation, named at the desk."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.accounts.rules import is_minor_on
from civic.activities.models import Activity, ActivityFacilitator
from civic.activities.queries.conducting import get_conducted, lock_facilitators
from civic.activities.services import adults
from civic.activities.services.publishing import lock_own_activity
from civic.activities.types import ActivityState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.organisations.models import Membership
from civic.safeguarding.rules import find_problem


def add_facilitator(actor: Actor, activity_public_id: str, person_public_id: str) -> None:
    """Let a member conduct the activity; naming somebody twice changes nothing."""
    activity = lock_own_activity(actor, activity_public_id)
    if activity.state is ActivityState.CANCELLED:
        raise RuleBroken(N_("A cancelled activity cannot be opened again: make a copy of it."))
    membership, person = _member(activity, person_public_id)
    if is_minor_on(person.birth_on, clock.today()):
        raise RuleBroken(N_("Only adults conduct an activity."), field="person")
    if writing().get(ActivityFacilitator, (activity.id, membership.id)) is not None:
        return
    writing().add(ActivityFacilitator(activity_id=activity.id, membership_id=membership.id, added_at=clock.now()))
    writing().flush()
    # Whatever else a public workshop lacks, nobody joins it who would be one lack more.
    problem = _problem_with(activity, person_public_id) if adults.is_public_for_minors(activity) else None
    if problem is not None:
        raise problem
    audit.record(actor, "add_facilitator", "activity", activity.id, membership=membership.id)


def remove_facilitator(actor: Actor, activity_public_id: str, person_public_id: str) -> None:
    """Let a member conduct the activity no more; who may go from a public workshop for minors leaves enough others there."""
    activity = lock_own_activity(actor, activity_public_id)
    membership, _person = _member(activity, person_public_id)
    row = writing().get(ActivityFacilitator, (activity.id, membership.id))
    if row is None:
        return
    # Who cannot conduct it is no loss, and must not stay because somebody else is missing as well.
    was_of_use = adults.is_public_for_minors(activity) and _problem_with(activity, person_public_id) is None
    writing().delete(row)
    if was_of_use:
        adults.check_adults(activity)
    writing().flush()
    audit.record(actor, "remove_facilitator", "activity", activity.id, membership=membership.id)


def _problem_with(activity: Activity, person_public_id: str) -> RuleBroken | None:
    """Return why this one of those who conduct the activity cannot, None where they can."""
    lock_facilitators(activity.id)
    conducted = get_conducted(activity.id)
    adult = next(one.adult for one in conducted.facilitators if one.person == person_public_id)
    return find_problem(adult, conducted.first_day, clock.today())


def _member(activity: Activity, person_public_id: str) -> tuple[Membership, Person]:
    """Return the member, who does not leave until the transaction ends; NotFound for anybody else."""
    member = sa.select(Membership, Person).join(Person, Person.id == Membership.person_id)
    of_organisation = (Membership.organisation_id == activity.organisation_id, Membership.ended_at.is_(None))
    chosen = member.where(*of_organisation, Person.public_id == person_public_id).with_for_update(read=True, of=Membership)
    found = writing().execute(chosen).one_or_none()
    if found is None:
        raise NotFound
    return found.Membership, found.Person
