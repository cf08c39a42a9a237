"""What two people do at once about who conducts minors is judged one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import sqlalchemy as sa

from civic.activities.models import Opening
from civic.activities.queries.conducting import get_conducted
from civic.activities.services import capacity, facilitating, publishing
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.types import ActivityKind
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session, transaction
from civic.kernel.errors import NotFound, RuleBroken
from civic.organisations.services import members
from civic.safeguarding import services
from civic.safeguarding.services import Seen
from civic.safeguarding.types import Outcome
from tests import factories as make


def at_once(busy, *verbs) -> list[str]:
    """Do all of it at the same moment, each in a transaction of its own; return how each ended."""
    barrier = Barrier(len(verbs))

    def do(verb) -> str:
        with clock.frozen(make.NOW), busy.app_context():
            barrier.wait()
            try:
                with transaction():
                    verb()
            except (NotFound, RuleBroken):
                return "refused"
            return "done"

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(do, verbs))


def draft(openings: int = 1):
    """Write a draft with an adult who may conduct it; return it, the coordinator and the adult."""
    row, coordinator = make.organisation()
    start = clock.now() + timedelta(days=14)
    places = tuple(OpeningFields(ActivityKind.WORKSHOP, 5, f"ruolo {number}") for number in range(openings))
    plan = Plan(ActivityFields(ActivityKind.WORKSHOP, "Rap"), ((start, start + timedelta(hours=2)),), places)
    activity = publishing.create_activity(coordinator, row.id, plan)
    anna = make.account()
    make.declared(make.member(row.id, anna.id))
    facilitating.add_facilitator(coordinator, activity.public_id, anna.public_id)
    return activity, coordinator, anna


def test_two_who_raise_places_at_once_do_not_pass_what_the_adults_can_look_after(busy):
    for _ in range(5):
        with transaction():
            activity, coordinator, _ = draft(openings=2)
            publishing.publish_activity(coordinator, activity.public_id)
            one, other = (row.public_id for row in make.openings_of(activity))
        ended = at_once(
            busy,
            lambda coordinator=coordinator, one=one: capacity.change_capacity(coordinator, one, 0, 10),
            lambda coordinator=coordinator, other=other: capacity.change_capacity(coordinator, other, 0, 10),
        )
        assert sorted(ended) == ["done", "refused"]
        total = sa.select(sa.func.sum(Opening.capacity)).where(Opening.activity_id == activity.id)
        assert session().scalar(total) == 15


def test_of_two_who_conduct_and_are_taken_out_at_once_one_stays(busy):
    for _ in range(5):
        with transaction():
            activity, coordinator, anna = draft()
            ugo = make.account()
            make.declared(make.member(activity.organisation_id, ugo.id))
            facilitating.add_facilitator(coordinator, activity.public_id, ugo.public_id)
            publishing.publish_activity(coordinator, activity.public_id)
        ended = at_once(
            busy,
            *(
                lambda who=who, coordinator=coordinator, activity=activity: facilitating.remove_facilitator(
                    coordinator, activity.public_id, who.public_id
                )
                for who in (anna, ugo)
            ),
        )
        assert sorted(ended) == ["done", "refused"]
        assert len(get_conducted(activity.id).facilitators) == 1


def test_what_is_declared_while_a_workshop_is_published_is_seen_by_it_or_waits_for_it(busy):
    seen = Seen(make.NOW.date(), make.NOW.date(), Outcome.NOT_CLEAR)
    for _ in range(10):
        with transaction():
            activity, coordinator, anna = draft()
        ended = at_once(
            busy,
            lambda coordinator=coordinator, activity=activity: publishing.publish_activity(coordinator, activity.public_id),
            lambda coordinator=coordinator, activity=activity, anna=anna: services.declare(
                coordinator, activity.organisation_id, anna.public_id, seen
            ),
        )
        assert ended[1] == "done"
        verbs = ("publish_activity", "declare_safeguarding")
        last = sa.select(AuditEntry.action).where(AuditEntry.action.in_(verbs)).order_by(AuditEntry.id.desc()).limit(1)
        # Whatever came first, what was declared is the last word: nothing is published after it.
        assert session().scalar(last) == "declare_safeguarding"


def test_who_is_taken_out_while_leaving_is_gone_either_way(busy):
    for _ in range(5):
        with transaction():
            activity, coordinator, anna = draft()
        leaver = make.actor_of(anna, organisations={activity.organisation_id: OrganisationRole.FACILITATOR})
        ended = at_once(
            busy,
            lambda coordinator=coordinator, activity=activity, anna=anna: facilitating.remove_facilitator(
                coordinator, activity.public_id, anna.public_id
            ),
            lambda leaver=leaver, activity=activity: members.leave(leaver, activity.organisation_id),
        )
        assert ended[1] == "done" and ended[0] in ("done", "refused")
        assert get_conducted(activity.id).facilitators == ()
