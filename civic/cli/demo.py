"""The demo town: people, organisations and a season, written through the services."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click
import pyotp
import sqlalchemy as sa
from flask import current_app

from civic.accounts.models import Account, Person
from civic.accounts.services import people, registering, signing_in
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import Relationship
from civic.activities.imports import import_activities, preview_import
from civic.activities.models import Activity, Opening
from civic.activities.services.authorising import Given
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.sheet import parse_rows, read_sheet, shift_weeks
from civic.activities.types import ActivityKind
from civic.cli import demo_scenes
from civic.kernel import clock, crypto
from civic.kernel.actor import SYSTEM, Actor, OrganisationRole, Role
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id
from civic.organisations.models import Organisation
from civic.organisations.queries import list_members
from civic.organisations.services.verifying import OrganisationFields, add_member, register_organisation, verify_organisation
from civic.organisations.types import OrganisationKind
from civic.programme.models import Quartiere
from civic.programme.services import seed_programme
from civic.safeguarding.services import Seen, declare
from civic.safeguarding.types import Outcome

FOLDER = Path(__file__).parent.parent.parent / "demo"
PASSWORD = "sotto-il-portico"
CONSENT = "Città dimostrativa: nessun dato è vero."


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody one can sign in as; `role` is what the table says of them."""

    email: str
    given_name: str
    family_name: str
    birth_on: date
    role: str
    has_second_factor: bool = False


PEOPLE = (
    DemoPerson("ufficio@bologna.example", "Irene", "Galvani", date(1979, 3, 8), "ufficio della città", True),
    DemoPerson("tutela@bologna.example", "Paolo", "Minghetti", date(1971, 11, 2), "tutela dei minori", True),
    DemoPerson("sara@ritmo-obliquo.example", "Sara", "Venturi", date(1985, 6, 21), "titolare, Ritmo Obliquo", True),
    DemoPerson("karim@ritmo-obliquo.example", "Karim", "Haddad", date(1993, 9, 14), "coordinatore, Ritmo Obliquo", True),
    DemoPerson("elena@ic-battiferro.example", "Elena", "Serra", date(1980, 9, 2), "insegnante, IC del Battiferro", True),
    DemoPerson("lucia@posta.example", "Lucia", "Fabbri", date(1958, 4, 30), "volontaria"),
    DemoPerson("chiara@posta.example", "Chiara", "Zanotti", date(1982, 1, 17), "madre di Leo e Anna"),
    DemoPerson("omar@posta.example", "Omar", "Benali", date(2010, 5, 12), "ragazzo di 16 anni"),
)


@click.group()
def demo() -> None:
    """The demo town."""


@demo.command()
def load() -> None:
    """Load the demo town; loading it again changes nothing."""
    if current_app.config["SITE"].is_production:
        raise click.ClickException("The demo town is not for production.")
    with transaction():
        seed_programme(SYSTEM)
    with transaction():
        _load_people()
    with transaction():
        _load_organisations()
    with transaction():
        written = _load_season()
        if written:
            _load_signups()
            demo_scenes.play()
    click.echo(f"{written} activities written")


@demo.command("sign-ins")
def sign_ins() -> None:
    """Print who one can sign in as."""
    click.echo(f"{'e-mail':<30} {'password':<18} {'codice':<30} chi")
    for person in PEOPLE:
        code = f"script/manage demo code {person.email.split('@')[0]}" if person.has_second_factor else "-"
        click.echo(f"{person.email:<30} {PASSWORD:<18} {code:<30} {person.role}")


@demo.command()
@click.argument("name")
def code(name: str) -> None:
    """Print the one-time code of a demo person at this moment."""
    found = next((person for person in PEOPLE if person.email.startswith(name)), None)
    secret = found and session().scalar(sa.select(Account.totp_secret).where(Account.email == found.email))
    if not secret or current_app.config["SITE"].is_production:
        raise click.ClickException("No demo person of this name uses an authenticator.")
    click.echo(pyotp.TOTP(crypto.decrypt(secret)).at(clock.now()))


def _load_people() -> None:
    known = set(session().scalars(sa.select(Account.email)))
    for one in PEOPLE:
        if one.email not in known:
            _load_person(one)


def _load_person(one: DemoPerson) -> None:
    details = PersonDetails(one.given_name, one.family_name, one.birth_on, one.email, language="it")
    account = registering.open_account(SYSTEM, details, PASSWORD, CONSENT)
    actor = Actor(person_id=account.person_id, account_id=account.id, birth_on=one.birth_on)
    if one.has_second_factor:
        signing_in.begin_second_factor(actor)
        account.totp_confirmed_at = clock.now()
    if one.email.startswith("ufficio"):
        signing_in.grant_role(SYSTEM, account.person_id, Role.OFFICER)
        signing_in.grant_role(SYSTEM, account.person_id, Role.PLATFORM_ADMINISTRATOR)
    if one.email.startswith("tutela"):
        signing_in.grant_role(SYSTEM, account.person_id, Role.SAFEGUARDING_OFFICER)
    if one.email.startswith("chiara"):
        for name, born in (("Leo", date(2013, 9, 3)), ("Anna", date(2015, 2, 28))):
            child = PersonDetails(name, one.family_name, born, one.email)
            people.add_child(actor, child, Relationship.PARENT, CONSENT)


def _person_id(email: str) -> int | None:
    return session().scalar(sa.select(Account.person_id).where(Account.email == email))


def _load_organisations() -> None:
    quartieri = dict(session().execute(sa.select(Quartiere.name, Quartiere.id)).all())
    known = set(session().scalars(sa.select(Organisation.tax_code)))
    kinds = {"ODV": OrganisationKind.ODV, "APS": OrganisationKind.APS, "Scuola": OrganisationKind.SCHOOL}
    with (FOLDER / "organisations.csv").open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle, delimiter=";"):
            if row["Codice fiscale"] in known:
                continue
            fields = OrganisationFields(
                name=row["Organizzazione"],
                tax_code=row["Codice fiscale"],
                kind=kinds.get(row["Tipo"], OrganisationKind.SOCIAL_ENTERPRISE),
                email=row["E-mail"],
                summary=row["In breve"],
                quartiere_id=quartieri.get(row["Quartiere"]),
            )
            owner_id = _person(row["Titolare"], row["E-mail"])
            organisation = register_organisation(SYSTEM, fields, owner_id)
            verify_organisation(SYSTEM, organisation.public_id)
            second_id = _person(row["Conduce anche"], row["E-mail"])
            add_member(organisation.id, second_id, OrganisationRole.FACILITATOR)
            if organisation.name == demo_scenes.HOST:
                # Of their second facilitator nothing is declared: what he is to conduct stays a draft, to show what is missing.
                second_id = _person_id("karim@ritmo-obliquo.example")
                add_member(organisation.id, second_id, OrganisationRole.COORDINATOR)
            _declare(organisation.id, owner_id, second_id)


def _declare(organisation_id: int, owner_id: int, second_id: int) -> None:
    """Let the owner declare of the other, and the other of the owner; who is alone in answering declares for themselves."""
    today = clock.today()
    seen = Seen(today - timedelta(days=3), today - timedelta(days=2), Outcome.CLEAR)
    members = {row.public_id: row.role for row in list_members(organisation_id)}
    publics = dict(session().execute(sa.select(Person.id, Person.public_id).where(Person.id.in_((owner_id, second_id)))).all())
    editors = [one for one in (second_id, owner_id) if members[publics[one]] is not OrganisationRole.FACILITATOR]
    for person_id, by in ((second_id, owner_id), (owner_id, editors[0])):
        role = {organisation_id: members[publics[by]]}
        declare(Actor(person_id=by, organisations=role, has_second_factor=True), organisation_id, publics[person_id], seen)


def _person(name: str, email: str) -> int:
    """Return the person of an organisation: one of the town, or somebody nobody signs in as."""
    given, family = name.split()
    address = f"{given.lower()}@{email.partition('@')[2]}"
    known = _person_id(address)
    if known is not None:
        return known
    details = PersonDetails(given, family, date(1976, 10, 4), address, language="it")
    return registering.open_account(SYSTEM, details, None, CONSENT).person_id


def _load_season() -> int:
    first_loaded = session().scalar(sa.select(sa.func.min(Activity.created_at)).where(Activity.import_key.is_not(None)))
    day = clock.to_rome(first_loaded).date() if first_loaded else clock.today()
    file = FOLDER / "season.csv"
    rows = shift_weeks(parse_rows(read_sheet(file.name, file.read_bytes())), day)
    preview = preview_import(rows, None, None)
    problems = [problem.sentence(str.__mod__, row.line) for row in preview.rows for problem in row.errors]
    if problems:
        raise click.ClickException("\n".join(problems))
    return import_activities(SYSTEM, preview, publishes=True)


def _load_signups() -> None:
    """Let the demo people stand in a few places, so that no page is empty."""
    for kind, email in (
        (ActivityKind.VOLUNTEERING, "lucia@posta.example"),
        (ActivityKind.WORKSHOP, "omar@posta.example"),
    ):
        person = session().get(Person, _person_id(email))
        actor = Actor(person_id=person.id, birth_on=person.birth_on, name=person.full_name)
        guardian_id = people.contact_for("papa.omar@posta.example", "it") if kind is ActivityKind.WORKSHOP else None
        sign_up(actor, Entry(_first_opening(kind, person), person.id, new_public_id(), guardian_id=guardian_id))
    mother = session().get(Person, _person_id("chiara@posta.example"))
    leo = session().scalar(sa.select(Person).where(Person.given_name == "Leo", Person.family_name == "Zanotti"))
    actor = Actor(person_id=mother.id, name=mother.full_name, wards=frozenset({leo.id}))
    given = Given(mother.id, "Autorizzo la partecipazione (dimostrazione).")
    sign_up(actor, Entry(_first_opening(ActivityKind.WORKSHOP, leo), leo.id, new_public_id(), authorisation=given))


def _first_opening(kind: ActivityKind, person: Person) -> str:
    """Return an opening of the kind that takes somebody born when the person was, and is open now."""
    age = clock.today().year - person.birth_on.year - 1
    return session().scalar(
        sa.select(Opening.public_id)
        .join(Activity, Activity.id == Opening.activity_id)
        .where(
            Opening.kind == kind,
            Activity.state == "published",
            Activity.entry_mode == "instant",
            sa.func.coalesce(Activity.age_min, 0) <= age,
            sa.func.coalesce(Activity.age_max, 999) > age + 1,
            sa.func.coalesce(Activity.signup_opens_at, clock.now()) <= clock.now(),
            Activity.starts_at > clock.now(),
        )
        .order_by(Activity.starts_at.desc(), Opening.id)
        .limit(1)
    )
