"""What is told about accounts."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts import events
from civic.kernel.db import writing
from civic.notifications.writing import Telling, tell_persons
from civic.outbox.draining import Cause

_PERSON = sa.text("SELECT person_id FROM account WHERE id = :account_id")


def tell_to_confirm_account(event: events.AccountRegistered, cause: Cause) -> None:
    """Send who has registered the link that makes the account theirs."""
    _tell("confirm_account", event.link_id, event.account_id, {"link_id": event.link_id})


def tell_account_exists(event: events.RegistrationRepeated, cause: Cause) -> None:
    """Tell the mailbox that somebody tried to register with it; once an hour, however often they try."""
    _tell("account_exists", cause.at.strftime("%Y%m%d%H"), event.account_id)


def tell_password_reset(event: events.PasswordResetAsked, cause: Cause) -> None:
    """Send the link with which a new password is chosen."""
    _tell("password_reset", event.link_id, event.account_id, {"link_id": event.link_id})


def tell_password_changed(event: events.PasswordChanged, cause: Cause) -> None:
    """Tell the owner, so that a thief is noticed."""
    _tell("password_changed", cause.id, event.account_id)


def tell_authenticator_reset(event: events.AuthenticatorReset, cause: Cause) -> None:
    """Tell the owner, so that a thief is noticed."""
    _tell("authenticator_reset", cause.id, event.account_id)


def tell_to_confirm_new_address(event: events.AddressChangeAsked, cause: Cause) -> None:
    """Send the link to the address that the account is to have."""
    telling = Telling("address_change", event.link_id, {"link_id": event.link_id})
    tell_persons(telling, "account", event.account_id, [event.contact_id])


def tell_address_changed(event: events.AddressChanged, cause: Cause) -> None:
    """Tell the address that the account had until now."""
    tell_persons(Telling("address_changed", cause.id), "account", event.account_id, [event.contact_id])


def _tell(kind: str, occasion: object, account_id: int, payload: dict | None = None) -> None:
    person_id = writing().scalar(_PERSON, {"account_id": account_id})
    if person_id is not None:
        tell_persons(Telling(kind, occasion, payload or {}), "account", account_id, [person_id])
