"""How often one may send a form: a limit for each account, and a wide one for a network, where a whole school may sit."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from flask import request
from flask_limiter import RateLimitExceeded

from civic.extensions import limiter
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.web.signing_in import current_actor

_IPV6_OF_A_HOUSE = 64


def network() -> str:
    """Return where the request comes from: the address, or in IPv6 the network of the house."""
    address = request.remote_addr or "unknown"
    try:
        if ip_address(address).version == 6:
            return str(ip_network(f"{address}/{_IPV6_OF_A_HOUSE}", strict=False))
    except ValueError:
        pass
    return address


def count_form() -> None:
    """Count a form that was sent; answers 429 past thirty a minute for an account, three hundred for a network."""
    if current_actor().account_id:
        _count_for_account()
    else:
        _count_for_network()


@limiter.limit("30 per minute", key_func=lambda: f"account:{current_actor().account_id}")
def _count_for_account() -> None:
    """Nothing more: the limit is in the decorator."""


@limiter.limit("300 per minute", key_func=lambda: f"network:{network()}")
def _count_for_network() -> None:
    """Nothing more: the limit is in the decorator."""


def count_child() -> None:
    """Count a child who signs up alone; raises RuleBroken past thirty an hour for a network: a class, not a crowd."""
    try:
        _count_child_for_network()
    except RateLimitExceeded:
        raise RuleBroken(
            N_("From here several children have signed up in this hour: try again later, or let a parent sign you up."),
            field="guardian_email",
        ) from None


@limiter.limit("30 per hour", key_func=lambda: f"child:{network()}")
def _count_child_for_network() -> None:
    """Nothing more: the limit is in the decorator."""


@limiter.limit("60 per minute", key_func=lambda: f"check:{network()}")
def count_check() -> None:
    """Count a document that somebody checks; answers 429 past sixty a minute for a network: a school's pile, not all codes."""
