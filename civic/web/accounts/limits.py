"""How often one may try. What is counted is tied to the network it comes from, so that nobody can lock out somebody else.

Passwords and codes count only when they were wrong. Keys are hashed: Redis learns no address.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, redirect, request, url_for

from civic.accounts.rules import normalise_email
from civic.extensions import limiter
from civic.kernel import crypto
from civic.web.limits import network
from civic.web.signing_in import actor_before_code, current_actor


def _key(*parts: object) -> str:
    return crypto.keyed_hash("|".join(str(part) for part in ("limit", *parts))).hex()[:32]


def typed_address() -> str:
    """Return a key for the account address that the form names."""
    return _key(normalise_email(request.form.get("email", "")))


def address_and_network() -> str:
    """Return a key for the account address that the form names, as tried from this network."""
    return _key(normalise_email(request.form.get("email", "")), network())


def account_and_network() -> str:
    """Return a key for the account that is acting, from this network."""
    return _key(_account_id(), network())


def account_and_session() -> str:
    """Return a key for the account that is acting, in this session."""
    actor = actor_before_code() or current_actor()
    return _key(actor.account_id, actor.session_id)


def account() -> str:
    """Return a key for the account that is acting, from wherever."""
    return _key(_account_id())


def _account_id() -> int | None:
    return (actor_before_code() or current_actor()).account_id


def everybody() -> str:
    """Return the one key that all requests share."""
    return "all"


def was_refused(response: Response) -> bool:
    """Whether what was typed turned out wrong."""
    return response.status_code == 422


def was_taken(response: Response) -> bool:
    """Whether the form was accepted."""
    return response.status_code == 302


def _stacked(*decorators: Callable) -> Callable:
    def decorate(view: Callable) -> Callable:
        for decorator in reversed(decorators):
            view = decorator(view)
        return view

    return decorate


def _failures(amount: str, key: Callable[[], str]) -> Callable:
    return limiter.limit(amount, key_func=key, methods=["POST"], deduct_when=was_refused)


def _silently(amount: str, key: Callable[[], str], kind: str) -> Callable:
    """Past the limit the page answers as ever, and nothing is done."""
    return limiter.limit(amount, key_func=key, methods=["POST"], on_breach=lambda limit: say_received(kind))


def say_received(kind: str) -> Response:
    """Return the one answer to who left an address, known or not."""
    return redirect(url_for("accounts.received", per=kind))


sign_in_limits = _stacked(
    _failures("10 per 5 minutes", address_and_network),
    _failures("10 per 5 minutes", network),
    _failures("1000 per 5 minutes", everybody),
)
code_limits = _stacked(
    _failures("5 per 5 minutes", account_and_session),
    _failures("20 per hour", account_and_network),
    _failures("50 per day", account_and_network),
    _failures("300 per day", account),
)
password_limits = _failures("10 per 5 minutes", account_and_network)
address_limits = limiter.limit("5 per day", key_func=account, methods=["POST"], deduct_when=was_taken)
registration_limits = _stacked(
    limiter.limit("20 per hour", key_func=network, methods=["POST"], deduct_when=was_taken),
    _silently("5 per day", address_and_network, "registrazione"),
    _silently("20 per day", typed_address, "registrazione"),
)
forgotten_limits = _stacked(
    limiter.limit("20 per hour", key_func=network, methods=["POST"], deduct_when=was_taken),
    _silently("5 per day", address_and_network, "password"),
    _silently("20 per day", typed_address, "password"),
)
link_limits = limiter.limit("30 per minute", key_func=network, methods=["POST"])
