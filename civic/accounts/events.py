"""What happened to accounts, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AccountRegistered:
    """Somebody registered: the link confirms the address."""

    account_id: int
    link_id: int


@dataclass(frozen=True)
class RegistrationRepeated:
    """Somebody registered with an address that has an account already: its owner is told, the page says nothing."""

    account_id: int


@dataclass(frozen=True)
class PasswordResetAsked:
    """A forgotten password: the link lets a new one be chosen."""

    account_id: int
    link_id: int


@dataclass(frozen=True)
class AddressChangeAsked:
    """An account wants another address: the link, mailed to `contact_id` who has that address, makes the change."""

    account_id: int
    contact_id: int
    link_id: int


@dataclass(frozen=True)
class AddressChanged:
    """The account has another address; `contact_id` has the old one, where it should be known."""

    account_id: int
    contact_id: int


@dataclass(frozen=True)
class PasswordChanged:
    """The password is a new one; whoever did not do it should know."""

    account_id: int


@dataclass(frozen=True)
class AuthenticatorReset:
    """An administrator put the authenticator of the account away; whoever did not ask for it should know."""

    account_id: int
