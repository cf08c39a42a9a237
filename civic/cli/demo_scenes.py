"""What goes on in the demo town: initiatives, a request to answer, a queue with an offer, a workshop under way."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from civic.accounts.models import Account, Link, Person
from civic.accounts.services import links, people
from civic.accounts.services.people import PersonDetails
from civic.activities.blocks import BlockPupil
from civic.activities.models import Activity, Authorisation, Occurrence, Opening
from civic.activities.services import answering, authorising, blocks, facilitating, naming, publishing
from civic.activities.services.attending import Mark, record_attendance
from civic.activities.services.authorising import Answer
from civic.activities.services.naming import Pupil
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, AttendanceState, EntryMode
from civic.initiatives.services import InitiativeFields, create_initiative
from civic.kernel import clock
from civic.kernel.actor import SYSTEM, Actor, OrganisationRole
from civic.kernel.db import session
from civic.kernel.ids import new_public_id
from civic.organisations.models import Membership, Organisation
from civic.programme.names import match_place
from civic.programme.queries import list_places

HOST = "Ritmo Obliquo APS"
CONDUCTOR = "karim@ritmo-obliquo.example"
TEACHER = "elena@ic-battiferro.example"
PUPILS = (("Alma", "Betti"), ("Bilal", "Chaoui"), ("Dora", "Egidi"), ("Elio", "Fanti"), ("Gaia", "Iotti"))


@dataclass(frozen=True, slots=True)
class DemoInitiative:
    """What an organisation leads, and the rows of the season that hang on it."""

    organisation: str
    fields: InitiativeFields
    codes: tuple[str, ...]


INITIATIVES = (
    DemoInitiative(
        HOST,
        InitiativeFields(
            "Suoni nei cortili",
            "Sale prove, radio e un palco in ogni quartiere: la musica di chi ha poco più di dieci anni si sente da fuori.",
            "cultura-e-collaborazione-civica",
            is_public=True,
        ),
        ("RAP-01", "BEAT-01", "PODC-01", "RADIO-01", "DJ-01", "CORO-01"),
    ),
    DemoInitiative(
        "Pomeriggi Larghi APS",
        InitiativeFields(
            "Il pomeriggio è aperto",
            "Compiti, merenda e biblioteche con la luce accesa: nessuno resta solo tra le due e le sette.",
            "cultura-e-collaborazione-civica",
            is_public=True,
        ),
        ("COMP-01", "COMP-02", "VOL-COMPITI", "VOL-COMPITI2", "VOL-MERENDA", "FORM-ADOL"),
    ),
    DemoInitiative(
        "Dispensa di Vicinato ODV",
        InitiativeFields(
            "La spesa che non pesa",
            "Cibo, traslochi e una mano sulle scale per chi una casa ce l'ha appena.",
            "poverta-abitativa",
            is_public=True,
        ),
        ("VOL-BANCO1", "VOL-BANCO2", "VOL-SPESA", "VOL-TRASLOCO", "FORM-HACCP"),
    ),
    DemoInitiative(
        "Bit sotto i Portici APS",
        InitiativeFields(
            "Da giocatori a inventori",
            "Robot, giochi e siti che diventano idee da portare avanti: una scuola piccola per chi vuole provarci.",
            "accelerazione-civica",
            is_public=True,
        ),
        ("ROBO-01", "CODE-01", "GAME-01", "GAME-02", "EV-GAMES"),
    ),
)
NAMES = ("Marta Rossi", "Ivan Conti", "Amina Diallo", "Teo Guidi", "Nora Bassi", "Luca Ferri")


@dataclass(frozen=True, slots=True)
class Scene:
    """An activity of the host that the season file does not hold: its words, its meetings, its places."""

    title: str
    summary: str
    meetings: tuple[tuple[datetime, datetime], ...]
    capacity: int
    more: dict = field(default_factory=dict)

    def publish(self) -> Opening:
        """Write and publish it; return its places."""
        place = match_place("Casa Gialla", list_places())
        words = ActivityFields(ActivityKind.WORKSHOP, self.title, self.summary, place_id=place.id, **self.more)
        organisation_id = session().scalar(sa.select(Organisation.id).where(Organisation.name == HOST))
        plan = Plan(words, self.meetings, (OpeningFields(ActivityKind.WORKSHOP, self.capacity, "partecipante"),))
        activity = publishing.create_activity(SYSTEM, organisation_id, plan)
        conductor = sa.select(Person.public_id).join(Account).where(Account.email == CONDUCTOR)
        facilitating.add_facilitator(SYSTEM, activity.public_id, session().scalar(conductor))
        publishing.publish_activity(SYSTEM, activity.public_id)
        return session().scalar(sa.select(Opening).where(Opening.activity_id == activity.id))


def play() -> None:
    """The town of the first day: nothing here is done twice, whoever calls it sees to that."""
    for one in INITIATIVES:
        _found(one)
    company = [_somebody(name) for name in NAMES]
    _request()
    _queue(company)
    _under_way(company)
    _school_class()


def _found(one: DemoInitiative) -> None:
    organisation_id = session().scalar(sa.select(Organisation.id).where(Organisation.name == one.organisation))
    initiative = create_initiative(SYSTEM, organisation_id, one.fields)
    for activity in session().scalars(sa.select(Activity).where(Activity.import_key.in_(one.codes))).all():
        words = {name.name: getattr(activity, name.name) for name in fields(ActivityFields)}
        words |= {"languages": tuple(activity.languages), "initiative_id": initiative.id}
        publishing.update_activity(SYSTEM, activity.public_id, ActivityFields(**words))


def _somebody(name: str) -> Actor:
    given, family = name.split()
    details = PersonDetails(given, family, date(1994, 5, 20), f"{given.lower()}@posta.example", language="it")
    return Actor(person_id=people.add_person(details).id, name=name)


def _account_holder(email: str) -> Actor:
    return Actor(person_id=session().scalar(sa.select(Account.person_id).where(Account.email == email)))


def _evening(days: int) -> tuple[datetime, datetime]:
    start = clock.rome_midnight(clock.today() + timedelta(days=days)) + timedelta(hours=18)
    return start, start + timedelta(hours=2)


def _enter(actor: Actor, opening: Opening, **more: object) -> str:
    return sign_up(actor, replace(Entry(opening.public_id, actor.person_id, new_public_id()), **more))


def _request() -> None:
    """Two people ask for a place that the host gives after reading."""
    words = {"entry_mode": EntryMode.APPROVAL, "age_min": 14, "audience": "chi ha qualcosa da dire in un microfono"}
    summary = "Si cerca chi tiene i microfoni il sabato sera: scrivici perché tu."
    opening = Scene("Redazione del sabato", summary, (_evening(10), _evening(17)), 6, words).publish()
    _enter(_account_holder("lucia@posta.example"), opening)
    father = people.contact_for("papa.omar@posta.example", "it")
    _enter(_account_holder("omar@posta.example"), opening, guardian_id=father)


def _queue(company: list[Actor]) -> None:
    """Three places, two in the queue, and an offer because somebody cannot come."""
    opening = Scene("Sala prove, prima volta", "Tre ore in sala prove con chi ti mostra i cavi.", (_evening(12),), 3).publish()
    places = [_enter(actor, opening) for actor in company[:3]]
    for actor in (_account_holder("lucia@posta.example"), company[3], company[4]):
        _enter(actor, opening, joins_queue=True)
    answering.cancel_signup(company[0], places[0], "ho un esame")


def _under_way(company: list[Actor]) -> None:
    """A workshop that met a week ago, meets today and goes on: attendance of the first meeting is taken."""
    begun = clock.to_rome(clock.now()).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    today = clock.from_rome(begun)
    starts = [clock.from_rome(begun + timedelta(weeks=week)) for week in (-1, 0, 1, 2)]
    meetings = tuple((start, start + timedelta(hours=2)) for start in starts)
    with clock.frozen(today - timedelta(days=10)):
        summary = "Ci si siede in cerchio e si suona: è già cominciato."
        opening = Scene("Percussioni in cerchio", summary, meetings, 12).publish()
        signups = [_enter(actor, opening) for actor in (*company, _account_holder("lucia@posta.example"))]
    first = session().scalar(
        sa.select(Occurrence.public_id).where(Occurrence.activity_id == opening.activity_id).order_by(Occurrence.starts_at)
    )
    states = [AttendanceState.ABSENT, AttendanceState.LATE, *[AttendanceState.PRESENT] * (len(signups) - 2)]
    marks = [
        Mark(signup, state, 15 if state is AttendanceState.LATE else 0) for signup, state in zip(signups, states, strict=True)
    ]
    record_attendance(SYSTEM, first, marks)


def _school_class() -> None:
    """A class holds places: of five pupils that have a name two families have said yes, and most places have none yet."""
    morning = clock.rome_midnight(clock.today() + timedelta(days=21)) + timedelta(hours=9)
    words = {"age_min": 11, "age_max": 14, "audience": "classi della scuola media"}
    summary = "Una mattina in onda: ogni classe scrive e conduce mezz'ora di radio."
    opening = Scene("Radio del mattino", summary, ((morning, morning + timedelta(hours=3)),), 15, words).publish()
    school = session().scalar(
        sa.select(Organisation)
        .join(Membership)
        .join(Account, Account.person_id == Membership.person_id)
        .where(Account.email == TEACHER)
    )
    roles = {school.id: OrganisationRole.OWNER}
    teacher = Actor(person_id=_account_holder(TEACHER).person_id, organisations=roles, has_second_factor=True)
    wish = blocks.Wish("2B", 14, True, clock.today() + timedelta(days=9))
    block = blocks.ask(teacher, opening.public_id, school.slug, wish)
    born = clock.today() - timedelta(days=366 * 12)
    pupils = [Pupil(given, family, born, f"famiglia.{family.lower()}@posta.example") for given, family in PUPILS]
    naming.name_pupils(teacher, block.public_id, pupils)
    asked = sa.select(Link.id).join(Authorisation, Authorisation.id == Link.subject_id).join(
        BlockPupil, BlockPupil.signup_id == Authorisation.signup_id
    )
    for link_id in session().scalars(asked.where(BlockPupil.block_id == block.id).order_by(Link.id).limit(2)).all():
        yes = Answer(True, "Chi risponde a casa", "Autorizzo (dimostrazione).", True, "Città dimostrativa: nessun dato è vero.")
        authorising.answer_by_link(links.token_of(link_id), yes)
