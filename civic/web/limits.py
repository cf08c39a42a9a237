"""How often one may send a form: a limit for each account, and a wide one for a network, where a whole school may sit."""

from __future__ import annotations

from flask_limiter.util import get_remote_address

from civic.extensions import limiter
from civic.web.signing_in import current_actor


def count_form() -> None:
    """Count a form that was sent; answers 429 past thirty a minute for an account, three hundred for a network."""
    if current_actor().account_id:
        _count_for_account()
    else:
        _count_for_network()


@limiter.limit("30 per minute", key_func=lambda: f"account:{current_actor().account_id}")
def _count_for_account() -> None:
    """Nothing more: the limit is in the decorator."""


@limiter.limit("300 per minute", key_func=lambda: f"network:{get_remote_address()}")
def _count_for_network() -> None:
    """Nothing more: the limit is in the decorator."""
