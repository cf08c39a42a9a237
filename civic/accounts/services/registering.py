"""Registering, confirming the address, choosing a new password: the same answer whether or not an address is known."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.accounts import passwords, rules
from civic.accounts.events import AccountRegistered, PasswordChanged, PasswordResetAsked, RegistrationRepeated
from civic.accounts.models import Account, Person
from civic.accounts.services import links, people, sessions
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import ANONYMOUS, Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

CONFIRM_WITHIN = timedelta(days=2)
RESET_WITHIN = timedelta(minutes=30)


def register(details: PersonDetails, password: str, consent_text: str) -> None:
    """Write an account that waits for its address to be confirmed, or tell the owner of the one there is.

    Accounts are from 14. An account never confirmed is taken over by who registers again and opens the new link.
    """
    email = rules.normalise_email(details.email or "")
    rules.check_birth_date(details.birth_on, clock.today())
    rules.check_may_have_account(details.birth_on, clock.today())
    passwords.check_password(password, email)
    password_hash = passwords.hash_password(password)
    known = writing().scalar(sa.select(Account).where(Account.email == email).with_for_update())
    if known is not None and known.confirmed_at is not None:
        outbox.record(RegistrationRepeated(known.id))
        return
    account = known or _new_account(details, email)
    if known is not None:
        _rename(known, details)
        links.kill_links(LinkPurpose.CONFIRM_ADDRESS, known.id)
    account.password_hash = password_hash
    people.give_consent(account.person_id, account.person_id, consent_text)
    link_id = links.make_link(LinkPurpose.CONFIRM_ADDRESS, account.person_id, clock.now() + CONFIRM_WITHIN, subject_id=account.id)
    audit.record(ANONYMOUS, "register", "account", account.id)
    outbox.record(AccountRegistered(account.id, link_id))


def _new_account(details: PersonDetails, email: str) -> Account:
    person = people.add_person(details)
    account = Account(person_id=person.id, email=email, created_at=clock.now())
    writing().add(account)
    writing().flush()
    return account


def _rename(account: Account, details: PersonDetails) -> None:
    person = writing().get(Person, account.person_id)
    person.given_name, person.family_name = details.given_name.strip(), details.family_name.strip()
    person.birth_on = details.birth_on
    writing().flush()


def confirm_account(token: str) -> int:
    """Take the click on the link: the address is confirmed, and the account can sign in. Return its id."""
    link = links.use_link(token, LinkPurpose.CONFIRM_ADDRESS)
    account = writing().get(Account, link.subject_id)
    if account.confirmed_at is None:
        account.confirmed_at = clock.now()
        writing().flush()
    audit.record(Actor(person_id=account.person_id), "confirm_account", "account", account.id)
    return account.id


def ask_password_reset(email: str) -> None:
    """Mail a link to choose a new password, where there is such an account; say nothing either way."""
    account = session().scalar(
        sa.select(Account).where(Account.email == rules.normalise_email(email), Account.disabled_at.is_(None))
    )
    if account is None or account.confirmed_at is None:
        return
    links.kill_links(LinkPurpose.RESET_PASSWORD, account.id)
    link_id = links.make_link(LinkPurpose.RESET_PASSWORD, account.person_id, clock.now() + RESET_WITHIN, subject_id=account.id)
    outbox.record(PasswordResetAsked(account.id, link_id))


def reset_password(token: str, password: str) -> None:
    """Set a new password through the mailed link; every session ends. The second factor stays as it was."""
    link = links.get_usable_link(token, LinkPurpose.RESET_PASSWORD)
    account = writing().get(Account, link.subject_id)
    passwords.check_password(password, account.email)
    links.use_link(token, LinkPurpose.RESET_PASSWORD)
    _set_password(Actor(person_id=account.person_id), account, password)
    sessions.end_sessions(account.id)


def change_password(actor: Actor, old: str, new: str) -> None:
    """Set a new password for who knows the old one; the other sessions end."""
    if actor.account_id is None:
        raise NotAllowed(N_("You are not allowed to do this."))
    account = writing().get(Account, actor.account_id)
    if not passwords.is_right(old, account.password_hash):
        raise RuleBroken(N_("This is not your present password."), field="old_password")
    passwords.check_password(new, account.email)
    _set_password(actor, account, new)
    sessions.end_sessions(account.id, but=actor.session_id)


def _set_password(actor: Actor, account: Account, password: str) -> None:
    account.password_hash = passwords.hash_password(password)
    writing().flush()
    audit.record(actor, "change_password", "account", account.id)
    outbox.record(PasswordChanged(account.id))


def open_account(actor: Actor, details: PersonDetails, password: str, consent_text: str) -> Account:
    """Write an account whose address the system vouches for (the demo town, the first administrator)."""
    if not actor.is_system:
        raise NotAllowed(N_("You are not allowed to do this."))
    account = _new_account(details, rules.normalise_email(details.email or ""))
    account.password_hash = passwords.hash_password(password)
    account.confirmed_at = clock.now()
    people.give_consent(account.person_id, account.person_id, consent_text)
    writing().flush()
    audit.record(actor, "open_account", "account", account.id)
    return account
