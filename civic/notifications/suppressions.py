"""Addresses that are not written to for a while, or ever, known by a keyed hash alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.accounts.services import mailboxes
from civic.kernel import clock, crypto
from civic.kernel.db import session
from civic.notifications.models import Suppression


class Reason(StrEnum):
    """Why an address is not written to."""

    NO_SUCH_ADDRESS = "no such address"
    OFTEN_RETURNED = "often returned"
    COMPLAINT = "complaint"


RESTS = {Reason.NO_SUCH_ADDRESS: timedelta(days=90), Reason.OFTEN_RETURNED: timedelta(days=14), Reason.COMPLAINT: None}
"""For how long: mailboxes are mended, and whoever cannot sign in must be able to ask for a link; who complained is left alone."""
TRIED_AFTER = timedelta(days=1)


def suppress(address: str, reason: Reason) -> None:
    """Do not write to `address` as long as `reason` wants, or until somebody lifts it; its owner is told on the site."""
    rest = RESTS[reason]
    until = clock.now() + rest if rest else None
    statement = insert(Suppression).values(
        address_hash=crypto.keyed_hash(address), reason=reason.value, created_at=clock.now(), until=until
    )
    renewed = {"reason": statement.excluded.reason, "created_at": clock.now(), "until": statement.excluded.until}
    # A complaint stays one, whatever comes back later.
    statement = statement.on_conflict_do_update(
        index_elements=["address_hash"], set_=renewed, where=Suppression.until.is_not(None)
    )
    session().execute(statement)
    mailboxes.note_returned(address, until)


def lift(address: str) -> bool:
    """Let `address` be written to again (it was mended, or its owner proved it); return whether it was suppressed."""
    found = session().execute(sa.delete(Suppression).where(Suppression.address_hash == crypto.keyed_hash(address)))
    mailboxes.note_working(address)
    return found.rowcount == 1


def among(addresses: Iterable[str]) -> dict[bytes, bool]:
    """Return the hashes of those of `addresses` that are suppressed now, asked in one statement.

    Each says whether its address may be tried by a mail that its owner asks for: a day later, unless they complained. If that
    comes back as well, the rest begins anew.
    """
    hashes = {crypto.keyed_hash(address) for address in addresses}
    if not hashes:
        return {}
    rests = sa.or_(Suppression.until.is_(None), Suppression.until > clock.now())
    may_be_tried = sa.and_(Suppression.reason != Reason.COMPLAINT, Suppression.created_at < clock.now() - TRIED_AFTER)
    found = sa.select(Suppression.address_hash, may_be_tried).where(Suppression.address_hash.in_(hashes), rests)
    return dict(session().execute(found).all())
