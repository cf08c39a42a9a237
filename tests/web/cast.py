"""One person for every role, and things of organisation A that they try to reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from civic.accounts.models import Guardianship, Person
from civic.accounts.services import roles
from civic.accounts.types import Relationship
from civic.activities.blocks import BlockPupil
from civic.activities.models import Opening, Signup
from civic.activities.queries.linked import manage_token
from civic.activities.services import blocks, naming, publishing, sheets
from civic.activities.services.authorising import Given
from civic.activities.services.naming import Pupil
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind
from civic.certificates.models import Certificate
from civic.certificates.services.asking import ask_for_documents
from civic.certificates.services.preparing import prepare_some
from civic.initiatives.services import InitiativeFields, create_initiative
from civic.kernel import clock
from civic.kernel.actor import SYSTEM, Actor, OrganisationRole, Role
from civic.kernel.db import session, writing
from civic.kernel.ids import new_public_id
from civic.organisations.models import Membership, Organisation
from civic.organisations.services.verifying import add_member
from civic.organisations.types import OrganisationKind
from civic.programme.models import Action
from civic.programme.services import seed_programme
from tests import factories as make
from tests.registers import PRESENT, Course
from tests.web import mailed

WITHOUT_SECOND_FACTOR = ("coordinator_without_code", "officer_without_code")
EDITORS = ("owner", "coordinator")
MEMBERS = (*EDITORS, "facilitator")
STAFF = ("officer", "administrator", "safeguarding")
ROLES = (
    "anonymous",
    "adult",
    "minor",
    "guardian",
    *MEMBERS,
    "ex_member",
    "other_coordinator",
    *STAFF,
    *WITHOUT_SECOND_FACTOR,
)


@dataclass(frozen=True)
class Cast:
    """Who they are, and the values that the addresses of pages about organisation A ask for."""

    people: dict[str, Person]
    organisation: Organisation
    child: Person
    values: dict[str, str]
    signups: dict[str, str]
    course: Course

    def visit_as(self, role: str, visitor):
        """Let `visitor` be signed in as `role`; return the visitor."""
        if role != "anonymous":
            visitor.sign_in(self.people[role], with_second_factor=role in (*MEMBERS, "other_coordinator", *STAFF))
        return visitor


def assemble() -> Cast:
    """Write the cast; inside an open transaction."""
    row, coordinator = make.organisation()
    row.kind = OrganisationKind.SCHOOL
    _, other_coordinator = make.organisation()
    people = {
        "adult": make.account(),
        "minor": make.account(make.SIXTEEN),
        "guardian": make.account(),
        "coordinator": session().get(Person, coordinator.person_id),
        "other_coordinator": session().get(Person, other_coordinator.person_id),
    }
    for name in ("owner", "facilitator", "coordinator_without_code"):
        people[name] = make.account()
        add_member(row.id, people[name].id, OrganisationRole(name.split("_")[0]))
    people["ex_member"] = _ex_member(row)
    for name, role in (
        ("officer", Role.OFFICER),
        ("administrator", Role.PLATFORM_ADMINISTRATOR),
        ("safeguarding", Role.SAFEGUARDING_OFFICER),
        ("officer_without_code", Role.OFFICER),
    ):
        people[name] = make.account()
        roles.grant_role(SYSTEM, people[name].id, role)
    child = make.person(make.THIRTEEN, email=None)
    for ward in (people["minor"], child):
        _answers_for(people["guardian"], ward)
    return _with_things(people, child, row, coordinator)


def _ex_member(row: Organisation) -> Person:
    person = make.account()
    now = clock.now()
    writing().add(
        Membership(
            organisation_id=row.id,
            person_id=person.id,
            role=OrganisationRole.COORDINATOR,
            started_at=now - timedelta(days=90),
            ended_at=now - timedelta(days=1),
        )
    )
    writing().flush()
    return person


def _answers_for(guardian: Person, ward: Person) -> None:
    writing().add(
        Guardianship(guardian_id=guardian.id, ward_id=ward.id, relationship=Relationship.PARENT, created_at=clock.now())
    )
    writing().flush()


def _with_things(people: dict[str, Person], child: Person, row: Organisation, coordinator: Actor) -> Cast:
    activity, opening, _ = make.published(by=(row, coordinator), capacity=10, age_min=11, age_max=19)
    draft = _draft(coordinator, row.id)
    guardian = make.actor_of(people["guardian"], wards=frozenset({people["minor"].id, child.id}))
    signups = {name: _enrol(guardian, ward, opening) for name, ward in (("minor", people["minor"]), ("child", child))}
    seed_programme(SYSTEM)
    action = session().scalar(sa.select(Action.slug).order_by(Action.position))
    initiative = create_initiative(coordinator, row.id, InitiativeFields("Una proposta", "Per tutti.", action, is_public=True))
    values = {
        "slug": activity.slug,
        "organisation": row.slug,
        "activity": activity.public_id,
        "draft": draft,
        "meeting": make.occurrences_of(activity)[0].public_id,
        "opening": opening.public_id,
        "signup": signups["minor"],
        "organisation_id": row.public_id,
        "child": child.public_id,
        "member": people["facilitator"].public_id,
        "action": action,
        "initiative": initiative.public_id,
        "initiative_slug": initiative.slug,
        "token": manage_token(signups["minor"], people["minor"].id),
    }
    owner = make.actor_of(people["owner"], organisations={row.id: OrganisationRole.OWNER}, has_second_factor=True)
    _, other_opening, _ = make.published(by=(row, coordinator), capacity=10, title="Radio di domenica")
    course = _course(row, coordinator)
    values |= _certificate(course, guardian, people["minor"])
    values |= _class(row, people["facilitator"], other_opening) | {"activity_slug": activity.slug}
    values |= {f"token {name}": token for name, token in mailed.tokens(owner, row.id, other_opening, people["adult"]).items()}
    return Cast(people, row, child, values, signups, course)


def _course(row: Organisation, coordinator: Actor) -> Course:
    fields = {"by": (row, coordinator), "age_min": 11, "age_max": 19, "title": "Corso finito"}
    return Course(meetings=2, ago=timedelta(weeks=5), **fields)


def _certificate(course: Course, guardian: Actor, minor: Person) -> dict[str, str]:
    """Let the minor have been at the course each time, and its register be closed: there is a certificate."""
    with clock.frozen(course.published_at):
        signup = _enrol(guardian, minor, course.opening)
    course.mark(signup, PRESENT, PRESENT)
    course.close()
    ask_for_documents(course.coordinator, course.activity.public_id)
    prepare_some("https://insieme.example")
    code = session().scalar(sa.select(Certificate.code).where(Certificate.activity_id == course.activity.id))
    linked = {"token certificates.linked": manage_token(signup, minor.id)}
    return {"course": course.activity.public_id, "course_signup": signup, "code": code, **linked}


def _class(row: Organisation, teacher: Person, opening: Opening) -> dict[str, str]:
    """Let a class of the organisation, which is a school, hold two places: one named, the other not; a sheet is printed."""
    actor = make.actor_of(teacher, organisations={row.id: OrganisationRole.FACILITATOR}, has_second_factor=True)
    wish = blocks.Wish("2B", 2, True, clock.today() + timedelta(days=7))
    block = blocks.ask(actor, opening.public_id, row.slug, wish)
    naming.name_pupils(actor, block.public_id, [Pupil("Zoe", "", make.THIRTEEN, None)])
    sheets.prepare_sheets(actor, block.public_id)
    named = sa.select(Signup.public_id).join(BlockPupil, BlockPupil.signup_id == Signup.id)
    return {"block": block.public_id, "pupil": session().scalar(named.where(BlockPupil.block_id == block.id))}


def declare_everybody(cast: Cast) -> None:
    """Let something be declared of the certificate of everybody who works at organisation A; inside an open transaction."""
    live = (Membership.organisation_id == cast.organisation.id, Membership.ended_at.is_(None))
    for membership in session().scalars(sa.select(Membership).where(*live)).all():
        make.declared(membership)


def _draft(coordinator: Actor, organisation_id: int) -> str:
    start = clock.now() + timedelta(days=20)
    plan = Plan(
        fields=ActivityFields(kind=ActivityKind.WORKSHOP, title="Bozza segreta"),
        occurrences=((start, start + timedelta(hours=2)),),
        openings=(OpeningFields(kind=ActivityKind.WORKSHOP, capacity=5),),
    )
    return publishing.create_activity(coordinator, organisation_id, plan).public_id


def _enrol(guardian: Actor, ward: Person, opening: Opening, *, joins_queue: bool = False) -> str:
    given = Given(guardian.person_id, "Autorizzo.")
    return sign_up(guardian, Entry(opening.public_id, ward.id, new_public_id(), joins_queue, authorisation=given))
