"""How often one may send a form: a limit for each account, and a wide one for a network, where a whole school may sit."""

from __future__ import annotations

from flask_limiter.util import get_remote_address

from civic.web.signing_in import current_actor


def visitor() -> str:
    """Return whom a limit counts: the account of who is signed in, else the network address."""
    actor = current_actor()
    return f"account:{actor.account_id}" if actor.account_id else f"network:{get_remote_address()}"


def _allowance() -> str:
    return "30 per minute" if current_actor().account_id else "300 per minute"


PER_VISITOR = _allowance
"""Thirty forms a minute for an account, three hundred for a network of people who are not signed in."""
