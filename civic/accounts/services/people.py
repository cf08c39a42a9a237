"""People who are not (yet) accounts: contacts, newcomers, children, and who answers for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from civic.accounts import rules
from civic.accounts.models import Account, Consent, Guardianship, Person
from civic.accounts.types import ConsentPurpose, Relationship
from civic.audit import services as audit
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.i18n import N_, current_language
from civic.kernel.ids import new_public_id

NAME_LENGTH = 80

_ACCOUNT_OF = sa.select(Account.person_id).where(Account.confirmed_at.is_not(None), Account.disabled_at.is_(None))
_CONTACT_OF = sa.text("""
SELECT p.id FROM person p
 WHERE p.email = :email AND p.given_name = '' AND p.birth_on IS NULL AND p.erased_at IS NULL
   AND NOT EXISTS (SELECT FROM account c WHERE c.person_id = p.id)
 ORDER BY p.id LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """What a form asks of a person."""

    given_name: str
    family_name: str = ""
    birth_on: date | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    is_confided: bool = False


def check_details(details: PersonDetails) -> None:
    """Raise RuleBroken unless there is a name, and nothing but a name."""
    if not details.given_name.strip():
        raise RuleBroken(N_("Write the name."), field="given_name")
    rules.check_name(details.given_name, details.family_name)


def add_person(details: PersonDetails) -> Person:
    """Write a person without an account and return the row."""
    check_details(details)
    if details.birth_on is not None:
        rules.check_birth_date(details.birth_on, clock.today())
    person = Person(
        public_id=new_public_id(),
        given_name=details.given_name.strip()[:NAME_LENGTH],
        family_name=details.family_name.strip()[:NAME_LENGTH],
        birth_on=details.birth_on,
        email=rules.normalise_email(details.email) if details.email else None,
        phone=details.phone,
        language=details.language or current_language(),
        created_at=clock.now(),
        is_confided=details.is_confided,
    )
    writing().add(person)
    writing().flush()
    return person


def find_same(details: PersonDetails, email: str) -> int | None:
    """Return the person who signed up without an account with the very same data, or None.

    Who comes to counselling is found by who comes to counselling, and by nobody else.
    """
    same = (
        sa.select(Person.id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(
            Account.id.is_(None),
            Person.erased_at.is_(None),
            Person.is_confided.is_(details.is_confided),
            Person.email == email,
            Person.birth_on == details.birth_on,
            sa.func.lower(Person.given_name) == details.given_name.strip().lower(),
            sa.func.lower(Person.family_name) == details.family_name.strip().lower(),
        )
    )
    return writing().scalar(same.order_by(Person.id).limit(1))


_ANOTHERS = sa.text("""
SELECT EXISTS (
  SELECT FROM person p LEFT JOIN account c ON c.person_id = p.id
   WHERE coalesce(c.email, p.email) = :email AND NOT p.is_confided AND p.erased_at IS NULL
     AND (p.birth_on IS DISTINCT FROM :birth_on OR EXISTS (SELECT FROM guardianship g WHERE g.guardian_id = p.id)))
""")


def is_read_by_another(email: str, birth_on: date) -> bool:
    """Whether the address is known as that of somebody else than one born on that day: of a parent, a brother, a teacher."""
    return bool(session().scalar(_ANOTHERS, {"email": rules.normalise_email(email), "birth_on": birth_on}))


def contact_for(email: str, language: str | None) -> int:
    """Return the person to write to at `email`: the account holder where there is one, else a contact without a name.

    One contact serves everybody who writes the same address, until somebody who answers there gives it a name.
    """
    address = rules.normalise_email(email)
    known = session().scalar(_ACCOUNT_OF.where(Account.email == address)) or session().scalar(_CONTACT_OF, {"email": address})
    return known if known is not None else _write_contact(address, language)


def contact_without_address() -> int:
    """Return a new contact, of whom nothing is known until they answer a sheet of paper that they were given."""
    return _write_contact(None, None)


def _write_contact(address: str | None, language: str | None) -> int:
    contact = Person(
        public_id=new_public_id(),
        given_name="",
        family_name="",
        email=address,
        language=language or current_language(),
        created_at=clock.now(),
    )
    writing().add(contact)
    writing().flush()
    return contact.id


def is_mailbox_of(person_id: int, email: str) -> bool:
    """Whether `email` leads to a mailbox that the person has, or had, as their own."""
    row = session().execute(
        sa.select(Person.email, Account.email, Account.former_mailboxes)
        .select_from(Person)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.id == person_id)
    ).one()
    mailbox = rules.mailbox_of(email)
    own = {rules.mailbox_of(address) for address in row[:2] if address}
    return mailbox in own or crypto.keyed_hash(mailbox) in (row.former_mailboxes or ())


def name_contact(person_id: int, name: str) -> None:
    """Give a contact that has no name yet the name that the person wrote."""
    person = writing().get(Person, person_id)
    if person is not None and not person.given_name and name.strip():
        given, _, family = name.strip().partition(" ")
        person.given_name, person.family_name = given[:NAME_LENGTH], family[:NAME_LENGTH]
        writing().flush()


def reach_contact(person_id: int, email: str | None, phone: str | None) -> None:
    """Write where a contact who was reached on paper can be written to, or called; raise RuleBroken for no telephone number."""
    person = writing().get(Person, person_id)
    if person.email is None and person.phone is None:
        person.email, person.phone = rules.normalise_email(email) if email else None, rules.normalise_phone(phone or "")
        writing().flush()


def phone_of(person_id: int) -> str | None:
    """Return the number at which the person is called."""
    return session().scalar(sa.select(Person.phone).where(Person.id == person_id))


def give_phone(person_id: int, typed: str | None) -> str | None:
    """Return the number at which the person is called, keeping the one typed where there was none; RuleBroken for no number."""
    person = writing().get(Person, person_id)
    if person.phone is None:
        person.phone = rules.normalise_phone(typed or "")
        writing().flush()
    return person.phone


def ensure_guardianship(guardian_id: int, ward_id: int, relationship: Relationship = Relationship.PARENT) -> None:
    """Let the guardian answer for the ward from now on, if they do not already."""
    if not answers_for(guardian_id, ward_id):
        writing().add(Guardianship(guardian_id=guardian_id, ward_id=ward_id, relationship=relationship, created_at=clock.now()))
        writing().flush()


def answers_for(guardian_id: int, ward_id: int) -> bool:
    """Whether the guardian answers for the ward."""
    live = sa.select(Guardianship.id).where(
        Guardianship.guardian_id == guardian_id, Guardianship.ward_id == ward_id, Guardianship.ended_at.is_(None)
    )
    return session().scalar(live) is not None


def find_guardian(ward_id: int, besides: Collection[int] = ()) -> int | None:
    """Return who has answered for the ward for longest, leaving out those in `besides`, or None."""
    return session().scalar(
        sa.select(Guardianship.guardian_id)
        .where(Guardianship.ward_id == ward_id, Guardianship.ended_at.is_(None), Guardianship.guardian_id.not_in(besides))
        .order_by(Guardianship.id)
        .limit(1)
    )


def as_whom_wrote(person_id: int) -> sa.Select:
    """Return the persons as whom somebody has acted here: themselves, and the contacts written for the address of their account.

    Before there was an account, what was answered through a mailed link was written for a contact of that address.
    """
    address = sa.select(Account.email).where(Account.person_id == person_id, Account.confirmed_at.is_not(None))
    is_contact = sa.and_(Person.email == address.scalar_subquery(), ~sa.exists().where(Account.person_id == Person.id))
    return sa.select(Person.id).where(sa.or_(Person.id == person_id, is_contact))


def add_child(actor: Actor, details: PersonDetails, relationship: Relationship, consent_text: str) -> Person:
    """Write a child for whom the actor has parental responsibility; below 14 the consent to data is the actor's."""
    if not actor.is_signed_in or rules.is_minor_on(actor.birth_on, clock.today()):
        raise NotAllowed(N_("Only an adult can add a child."))
    if details.birth_on is None:
        raise RuleBroken(N_("Write the date of birth."), field="birth_on")
    if not rules.is_minor_on(details.birth_on, clock.today()):
        raise RuleBroken(N_("Who is 18 or older signs up alone: check the year."), field="birth_on")
    child = add_person(details)
    ensure_guardianship(actor.person_id, child.id, relationship)
    give_consent(child.id, actor.person_id, consent_text)
    audit.record(actor, "add_child", "person", child.id)
    return child


def change_child(actor: Actor, ward_id: int, details: PersonDetails) -> None:
    """Correct the name and the date of birth of a child whom the actor answers for and who has no account."""
    child = writing().get(Person, ward_id)
    if ward_id not in actor.wards or child is None:
        raise NotFound
    if writing().scalar(sa.select(Account.id).where(Account.person_id == ward_id)) is not None:
        raise RuleBroken(N_("They have an account of their own and change their data there."))
    check_details(details)
    if details.birth_on is None:
        raise RuleBroken(N_("Write the date of birth."), field="birth_on")
    rules.check_birth_date(details.birth_on, clock.today())
    if not rules.is_minor_on(details.birth_on, clock.today()):
        raise RuleBroken(N_("Who is 18 or older signs up alone: check the year."), field="birth_on")
    child.given_name, child.family_name = details.given_name.strip()[:NAME_LENGTH], details.family_name.strip()[:NAME_LENGTH]
    child.birth_on = details.birth_on
    writing().flush()
    audit.record(actor, "change_child", "person", child.id)


def give_consent(person_id: int, given_by_id: int, text: str) -> None:
    """Write a privacy consent with the exact text that was shown."""
    writing().execute(
        sa.insert(Consent).inline(),
        {
            "person_id": person_id,
            "purpose": ConsentPurpose.PRIVACY,
            "text": text,
            "given_by_id": given_by_id,
            "given_at": clock.now(),
        },
    )
