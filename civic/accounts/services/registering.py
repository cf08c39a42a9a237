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
from civic.kernel import clock, crypto
from civic.kernel.actor import ANONYMOUS, Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

_CONTACTS = """
SELECT p.id FROM person p LEFT JOIN account c ON c.person_id = p.id WHERE p.email = :email AND c.id IS NULL
"""
# One row for each ward: the holder's own, else the oldest that was written for this address.
_END_TWICE_ANSWERED = sa.text(f"""
UPDATE guardianship g SET ended_at = :now
 WHERE g.ended_at IS NULL AND g.guardian_id IN ({_CONTACTS})
   AND EXISTS (SELECT FROM guardianship o WHERE o.ward_id = g.ward_id AND o.ended_at IS NULL
                  AND (o.guardian_id = :person_id OR (o.id < g.id AND o.guardian_id IN ({_CONTACTS}))))
""")
_TAKE_OVER = sa.text(f"""
UPDATE guardianship SET guardian_id = :person_id
 WHERE ended_at IS NULL AND ward_id <> :person_id AND guardian_id IN ({_CONTACTS})
""")
CONFIRM_WITHIN = timedelta(days=2)
RESET_WITHIN = timedelta(minutes=30)


def register(details: PersonDetails, password: str, consent_text: str) -> str:
    """Write an account that waits for its address to be confirmed, or tell the owner of the one there is.

    Accounts are from 14. An account never confirmed, or closed by its owner, is taken over by who registers again and
    opens the new link.
    Return a mark of this registration for the browser it came from; it says nothing about whether the address is known.
    """
    email = rules.normalise_email(details.email or "")
    rules.check_birth_date(details.birth_on, clock.today())
    rules.check_may_have_account(details.birth_on, clock.today())
    passwords.check_password(password, email)
    password_hash = passwords.hash_password(password)
    known = writing().scalar(sa.select(Account).where(Account.email == email).with_for_update())
    mark = _mark(email, password_hash)
    if known is not None and known.confirmed_at is not None:
        _repeat(known, details)
        return mark
    account = known or _new_account(details, email, password_hash)
    if known is not None:
        _start_over(known, details, password_hash)
    until = clock.now() + CONFIRM_WITHIN
    link_id = links.make_link(LinkPurpose.CONFIRM_ADDRESS, account.person_id, until, account.id, consent_text)
    audit.record(ANONYMOUS, "register", "account", account.id)
    outbox.record(AccountRegistered(account.id, link_id))
    return mark


def _repeat(known: Account, details: PersonDetails) -> None:
    """Tell the owner; look and write about as much as for a new account, so that the time says nothing either."""
    people.find_same(details, known.email)
    links.make_link(LinkPurpose.CONFIRM_ADDRESS, known.person_id, clock.now(), subject_id=known.id)
    links.kill_links(LinkPurpose.CONFIRM_ADDRESS, known.id)
    audit.record(ANONYMOUS, "register_again", "account", known.id)
    outbox.record(RegistrationRepeated(known.id))


def _mark(email: str, password_hash: str) -> str:
    return crypto.sign("registration", email, password_hash)


def _new_account(details: PersonDetails, email: str, password_hash: str | None) -> Account:
    person_id = people.find_same(details, email) or people.add_person(details).id
    account = Account(person_id=person_id, email=email, password_hash=password_hash, created_at=clock.now())
    writing().add(account)
    writing().flush()
    return account


def _start_over(account: Account, details: PersonDetails, password_hash: str) -> None:
    """What somebody else may have written with this address counts no more, and neither does the old link."""
    account.person_id = people.find_same(details, account.email) or people.add_person(details).id
    account.password_hash = password_hash
    account.disabled_at = None
    account.created_at = clock.now()
    links.kill_links(LinkPurpose.CONFIRM_ADDRESS, account.id)


def is_same_browser(token: str, mark: str | None) -> bool:
    """Whether the registration that the link confirms was made in the browser that keeps `mark`."""
    link = links.find_link(token, LinkPurpose.CONFIRM_ADDRESS)
    account = session().get(Account, link.subject_id) if link else None
    return bool(account and account.password_hash and mark and mark == _mark(account.email, account.password_hash))


def confirm_account(token: str, password: str | None) -> int:
    """Take the click on the link: the address is confirmed, and the account can sign in. Return its id.

    A browser other than the one that registered must know the password (None: it need not), or somebody could register
    another's address with a password of their own and wait for the click.
    """
    link = links.use_link(token, LinkPurpose.CONFIRM_ADDRESS)
    account = writing().get(Account, link.subject_id)
    if password is not None and not passwords.is_right(password, account.password_hash):
        raise RuleBroken(N_("This is not the password chosen when registering."), field="password")
    if account.confirmed_at is None:
        account.confirmed_at = clock.now()
        writing().flush()
        if link.agreed_text is not None:
            people.give_consent(account.person_id, account.person_id, link.agreed_text)
        _take_over_wards(account)
    audit.record(Actor(person_id=account.person_id), "confirm_account", "account", account.id)
    return account.id


def _take_over_wards(account: Account) -> None:
    """An adult who authorised through mailed links, and now has an account, answers for the same young people here."""
    person = writing().get(Person, account.person_id)
    if rules.is_minor_on(person.birth_on, clock.today()):
        return
    values = {"email": account.email, "person_id": person.id, "now": clock.now()}
    writing().execute(_END_TWICE_ANSWERED, values)
    writing().execute(_TAKE_OVER, values)


def ask_password_reset(email: str) -> None:
    """Mail a link to choose a new password, where there is such an account; say nothing either way."""
    account = writing().scalar(
        sa.select(Account).where(Account.email == rules.normalise_email(email), Account.disabled_at.is_(None))
    )
    # Written for unknown addresses too, so that both answers wait for one commit.
    audit.record(ANONYMOUS, "ask_password_reset", "account", account.id if account else None)
    links.kill_links(LinkPurpose.RESET_PASSWORD, account.id if account else 0)
    if account is None or account.confirmed_at is None:
        return
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


def change_password(actor: Actor, old: str, new: str, agent: str) -> str:
    """Set a new password for who knows the old one; every session ends, and the token of a fresh one is returned."""
    if actor.account_id is None:
        raise NotAllowed(N_("You are not allowed to do this."))
    account = writing().get(Account, actor.account_id)
    if not passwords.is_right(old, account.password_hash):
        raise RuleBroken(N_("This is not your present password."), field="old_password")
    _check_new_password(new, account.email)
    _set_password(actor, account, new)
    sessions.end_sessions(account.id)
    return sessions.start_session(account.id, agent, with_second_factor=actor.has_second_factor)


def _check_new_password(new: str, email: str) -> None:
    try:
        passwords.check_password(new, email)
    except RuleBroken as error:
        raise RuleBroken(error.message, field="new_password", **error.values) from None


def _set_password(actor: Actor, account: Account, password: str) -> None:
    account.password_hash = passwords.hash_password(password)
    writing().flush()
    # Whoever was in with the old password must not come back through an address of theirs.
    links.kill_links(LinkPurpose.CHANGE_ADDRESS, account.id)
    audit.record(actor, "change_password", "account", account.id)
    outbox.record(PasswordChanged(account.id))


def open_account(actor: Actor, details: PersonDetails, password: str | None, consent_text: str) -> Account:
    """Write an account whose address the system vouches for (the demo town); without a password the reset mail gives one."""
    if not actor.is_system:
        raise NotAllowed(N_("You are not allowed to do this."))
    password_hash = passwords.hash_password(password) if password is not None else None
    account = _new_account(details, rules.normalise_email(details.email or ""), password_hash)
    account.confirmed_at = clock.now()
    people.give_consent(account.person_id, account.person_id, consent_text)
    writing().flush()
    audit.record(actor, "open_account", "account", account.id)
    return account
