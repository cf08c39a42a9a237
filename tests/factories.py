"""A small town for tests: written through the services wherever there is one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count

import sqlalchemy as sa

from civic.accounts.models import Account, Guardianship, Person
from civic.accounts.types import Relationship
from civic.activities.models import Activity, ActivityFacilitator, Occurrence, Opening
from civic.activities.queries.conducting import get_conducted
from civic.activities.services import adults, publishing
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.kernel.actor import SYSTEM, Actor, OrganisationRole
from civic.kernel.db import writing
from civic.kernel.ids import new_public_id
from civic.organisations.models import Membership, Organisation
from civic.organisations.types import OrganisationKind, OrganisationState
from civic.programme.models import Place
from civic.programme.types import PlaceKind
from civic.safeguarding.models import SafeguardingDeclaration
from civic.safeguarding.rules import adults_needed
from civic.safeguarding.types import Outcome

__all__ = ["SYSTEM"]

_number = count(1)

ADULT = date(1990, 5, 3)
SIXTEEN = date(2010, 6, 1)
THIRTEEN = date(2013, 6, 1)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=clock.ROME)
"""A Monday morning on which most tests happen."""


def person(birth_on: date | None = ADULT, name: str = "", **values) -> Person:
    """Write a person without an account."""
    number = next(_number)
    row = Person(
        public_id=new_public_id(),
        given_name=name or f"Nome{number}",
        family_name=f"Cognome{number}",
        birth_on=birth_on,
        email=values.pop("email", f"persona{number}@example.org"),
        created_at=clock.now(),
        **values,
    )
    writing().add(row)
    writing().flush()
    return row


def account(birth_on: date | None = ADULT, **values) -> Person:
    """Write a person with a confirmed account and no password."""
    row = person(birth_on, **values)
    now = clock.now()
    writing().add(Account(person_id=row.id, email=row.email, confirmed_at=now, created_at=now))
    writing().flush()
    return row


def actor_of(row: Person, **values) -> Actor:
    """Return the actor that a signed-in person would be."""
    return Actor(person_id=row.id, name=row.full_name, birth_on=row.birth_on, **values)


def guardian_of(*children: Person) -> Actor:
    """Write an adult who answers for `children` and return the actor."""
    adult = account()
    for child in children:
        writing().add(
            Guardianship(
                guardian_id=adult.id, ward_id=child.id, relationship=Relationship.PARENT, created_at=clock.now()
            )
        )
    writing().flush()
    return actor_of(adult, wards=frozenset(child.id for child in children))


def organisation(state: OrganisationState = OrganisationState.VERIFIED) -> tuple[Organisation, Actor]:
    """Write an organisation and its coordinator, and return both."""
    number = next(_number)
    row = Organisation(
        public_id=new_public_id(),
        slug=f"associazione-{number}",
        name=f"Associazione {number}",
        tax_code=f"{number:011d}",
        kind=OrganisationKind.APS,
        email=f"associazione{number}@example.org",
        state=state,
        state_changed_at=clock.now(),
        created_at=clock.now(),
    )
    coordinator = account()
    writing().add(row)
    writing().flush()
    writing().add(
        Membership(
            organisation_id=row.id, person_id=coordinator.id, role=OrganisationRole.COORDINATOR, started_at=clock.now()
        )
    )
    writing().flush()
    roles = {row.id: OrganisationRole.COORDINATOR}
    return row, actor_of(coordinator, organisations=roles, has_second_factor=True)


def school(role: OrganisationRole = OrganisationRole.FACILITATOR) -> tuple[Organisation, Actor]:
    """Write a school and a teacher who belongs to it, and return both."""
    row, _coordinator = organisation()
    row.kind, row.name = OrganisationKind.SCHOOL, f"IC {row.id}"
    teacher = account()
    member(row.id, teacher.id, role)
    return row, actor_of(teacher, organisations={row.id: role}, has_second_factor=True)


def place(name: str = "") -> Place:
    """Write a place where people meet."""
    number = next(_number)
    row = Place(slug=f"luogo-{number}", name=name or f"Luogo {number}", kind=PlaceKind.OTHER, address="Via Prova 1", source="")
    writing().add(row)
    writing().flush()
    return row


def published(
    kind: ActivityKind = ActivityKind.WORKSHOP,
    *,
    capacity: int = 2,
    meetings: int = 1,
    starts_in: timedelta = timedelta(days=14),
    **fields,
) -> tuple[Activity, Opening, Actor]:
    """Publish an activity with one opening for all its meetings (or `openings`); return it, an opening, its coordinator."""
    owner, coordinator = fields.pop("by", None) or organisation()
    openings = fields.pop("openings", None) or (OpeningFields(kind=kind, capacity=capacity),)
    start = clock.now() + starts_in
    plan = Plan(
        fields=ActivityFields(kind=kind, title=fields.pop("title", "Laboratorio di radio"), **fields),
        occurrences=tuple(
            (start + timedelta(weeks=week), start + timedelta(weeks=week, hours=2)) for week in range(meetings)
        ),
        openings=openings,
    )
    activity = publishing.create_activity(coordinator, owner.id, plan)
    if adults.needs_declared_adults(activity):
        conducted(activity, coordinator.person_id)
    publishing.publish_activity(coordinator, activity.public_id)
    return activity, openings_of(activity)[0], coordinator


def conducted(activity: Activity, person_id: int | None = None) -> None:
    """Let as many adults as its places need conduct the activity, their certificates seen; `person_id` first, if a member."""
    needed = adults_needed(get_conducted(activity.id).places)
    first = person_id and writing().scalar(sa.select(Membership).where(*_live(activity.organisation_id, person_id)))
    memberships = [first] if first else []
    memberships += [member(activity.organisation_id, account().id) for _ in range(needed - len(memberships))]
    for one in memberships:
        declared(one)
        writing().add(ActivityFacilitator(activity_id=activity.id, membership_id=one.id, added_at=clock.now()))
    writing().flush()


def _live(organisation_id: int, person_id: int):
    return Membership.organisation_id == organisation_id, Membership.person_id == person_id, Membership.ended_at.is_(None)


def member(organisation_id: int, person_id: int, role: OrganisationRole = OrganisationRole.FACILITATOR) -> Membership:
    """Write a membership and return it."""
    row = Membership(organisation_id=organisation_id, person_id=person_id, role=role, started_at=clock.now())
    writing().add(row)
    writing().flush()
    return row


def declared(membership: Membership, outcome: Outcome = Outcome.CLEAR, days: int = 400) -> SafeguardingDeclaration:
    """Write a declaration about a member, good for so many days from today whatever a certificate would be."""
    today = clock.today()
    row = SafeguardingDeclaration(
        organisation_id=membership.organisation_id,
        person_id=membership.person_id,
        outcome=outcome,
        issued_on=today,
        seen_on=today,
        valid_until=today + timedelta(days=days),
        declared_at=clock.now(),
    )
    writing().add(row)
    writing().flush()
    return row


def openings_of(activity: Activity) -> list[Opening]:
    """Return the openings of an activity in the order in which they were written."""
    return writing().query(Opening).filter_by(activity_id=activity.id).order_by(Opening.id).all()


def occurrences_of(activity: Activity) -> list[Occurrence]:
    """Return the meetings of an activity in order."""
    return writing().query(Occurrence).filter_by(activity_id=activity.id).order_by(Occurrence.starts_at).all()


def signed_up(opening: Opening, birth_on: date = ADULT, *, joins_queue: bool = False, **values):
    """Sign a fresh adult (or minor, with `guardian_id`) up and return (person, actor, public id of the signup)."""
    row = account(birth_on, name=values.pop("name", ""))
    actor = actor_of(row)
    public_id = sign_up(
        actor,
        Entry(opening.public_id, row.id, new_public_id(), joins_queue=joins_queue, **values),
    )
    return row, actor, public_id
