"""Addresses that must not be written to any more, known by a keyed hash alone."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.kernel import clock, crypto
from civic.kernel.db import session
from civic.notifications.models import Suppression


def suppress(address: str, reason: str) -> None:
    """Never write to `address` again, until somebody lifts it."""
    session().execute(
        insert(Suppression)
        .values(address_hash=crypto.keyed_hash(address), reason=reason, created_at=clock.now())
        .on_conflict_do_nothing()
    )


def lift(address: str) -> bool:
    """Let `address` be written to again (it was mended, or its owner proved it); return whether it was suppressed."""
    found = session().execute(sa.delete(Suppression).where(Suppression.address_hash == crypto.keyed_hash(address)))
    return found.rowcount == 1


def among(addresses: Iterable[str]) -> set[bytes]:
    """Return the hashes of those of `addresses` that are suppressed, asked in one statement."""
    hashes = {crypto.keyed_hash(address) for address in addresses}
    if not hashes:
        return set()
    return set(session().scalars(sa.select(Suppression.address_hash).where(Suppression.address_hash.in_(hashes))))
