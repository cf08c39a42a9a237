"""A person's own data: name, telephone, language, and another address once its link was opened."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.accounts import passwords, rules
from civic.accounts.events import AddressChangeAsked, AddressChanged, RegistrationRepeated
from civic.accounts.models import Account, Person
from civic.accounts.services import links, people
from civic.accounts.services.people import NAME_LENGTH, PersonDetails
from civic.accounts.types import LinkPurpose
from civic.audit import services as audit
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, RuleBroken
from civic.kernel.i18n import LANGUAGES, N_
from civic.outbox import services as outbox

CHANGE_WITHIN = timedelta(days=1)


def change_details(actor: Actor, details: PersonDetails) -> None:
    """Write the actor's name, telephone and language as they say they are."""
    person = writing().get(Person, actor.person_id)
    if person is None or actor.account_id is None:
        raise NotAllowed(N_("You are not allowed to do this."))
    people.check_details(details)
    person.given_name = details.given_name.strip()[:NAME_LENGTH]
    person.family_name = details.family_name.strip()[:NAME_LENGTH]
    person.phone = rules.normalise_phone(details.phone or "")
    person.language = details.language if details.language in LANGUAGES else person.language
    writing().flush()
    audit.record(actor, "change_details", "person", person.id)


def ask_address_change(actor: Actor, password: str, email: str) -> None:
    """Mail a link to the new address; the old one stays until it is opened.

    The password is asked again. Where the address is somebody else's already its owner is told, and the actor is not.
    """
    account = writing().get(Account, actor.account_id) if actor.account_id else None
    if account is None:
        raise NotAllowed(N_("You are not allowed to do this."))
    if not passwords.is_right(password, account.password_hash):
        raise RuleBroken(N_("This is not your present password."), field="password")
    address = rules.normalise_email(email)
    if address == account.email:
        raise RuleBroken(N_("This is your address already."), field="email")
    links.kill_links(LinkPurpose.CHANGE_ADDRESS, account.id)
    audit.record(actor, "ask_address_change", "account", account.id)
    owner_id = session().scalar(sa.select(Account.id).where(Account.email == address))
    if owner_id is not None:
        outbox.record(RegistrationRepeated(owner_id))
        return
    contact_id = people.contact_for(address, actor.language)
    link_id = links.make_link(LinkPurpose.CHANGE_ADDRESS, contact_id, clock.now() + CHANGE_WITHIN, subject_id=account.id)
    outbox.record(AddressChangeAsked(account.id, contact_id, link_id))


def change_address(token: str) -> None:
    """Take the click on the link at the new address: it is the account's from now on, and the old one is told."""
    link = links.use_link(token, LinkPurpose.CHANGE_ADDRESS)
    address = session().scalar(sa.select(Person.email).where(Person.id == link.person_id))
    account = writing().get(Account, link.subject_id)
    is_taken = session().scalar(sa.select(Account.id).where(Account.email == address)) is not None
    if is_taken or account.disabled_at is not None:
        raise RuleBroken(N_("This link is no longer valid. Ask for a new one."))
    old, account.email = account.email, address
    account.mail_stopped_until = None
    account.former_mailboxes = [*account.former_mailboxes, crypto.keyed_hash(rules.mailbox_of(old))]
    writing().get(Person, account.person_id).email = address
    writing().flush()
    links.kill_links(LinkPurpose.RESET_PASSWORD, account.id)
    actor = Actor(person_id=account.person_id)
    audit.record(actor, "change_address", "account", account.id)
    outbox.record(AddressChanged(account.id, people.contact_for(old, None)))
