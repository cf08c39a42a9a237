"""How often one may send a form: a limit for each account, and a wide one for a network, where a whole school may sit."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from flask import request

from civic.extensions import limiter
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
