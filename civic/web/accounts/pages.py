"""What the pages of accounts show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Where the other ways lead; they keep where the visitor was going."""

    register_url: str
    forgotten_url: str


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """The notice, and the address that was probably meant."""

    privacy: str
    suggestion: str | None
    sign_in_url: str


@dataclass(frozen=True, slots=True)
class ReceivedPage:
    """What was asked for: `registration` or `password`; the same page whether or not the address is known."""

    is_registration: bool
    again_url: str
    sign_in_url: str


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A page behind a mailed link: whether it still works, and where to ask for another."""

    is_usable: bool
    asks_password: bool
    again_url: str


@dataclass(frozen=True, slots=True)
class EnrolPage:
    """An authenticator about to be used: its drawing and its secret, once they were asked for."""

    qr: str | None
    secret: str | None
    is_compulsory: bool
    is_enrolled: bool
    asks_password: bool
