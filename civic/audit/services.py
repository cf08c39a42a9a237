"""Writing to the audit, and sealing its closed days."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import sqlalchemy as sa

from civic.audit.models import AuditEntry, AuditSeal
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing


def record(actor: Actor, action: str, subject_type: str, subject_id: int | None, **details: object) -> None:
    """Write one line of the audit in the open transaction: who did what to which row."""
    writing().execute(
        sa.insert(AuditEntry).inline(),
        {
            "at": clock.now(),
            "actor_id": actor.person_id,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "details": details,
        },
    )


def seal_closed_days() -> int:
    """Seal every closed day that has entries and no seal yet, oldest first; return how many were sealed."""
    db = writing()
    last = db.scalar(sa.select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))
    first_at = db.scalar(sa.select(sa.func.min(AuditEntry.at)))
    if first_at is None:
        return 0
    day = last.day + timedelta(days=1) if last else clock.to_rome(first_at).date()
    digest, sealed = (last.digest if last else b""), 0
    while day < clock.today():
        digest, entries = _digest_of(day, digest)
        db.add(AuditSeal(day=day, entries=entries, digest=digest, sealed_at=clock.now()))
        day, sealed = day + timedelta(days=1), sealed + 1
    return sealed


def find_broken_seal():
    """Return the first day whose entries no longer give the digest that was sealed, or None."""
    digest = b""
    for seal in writing().scalars(sa.select(AuditSeal).order_by(AuditSeal.day)):
        digest, entries = _digest_of(seal.day, digest)
        if digest != seal.digest or entries != seal.entries:
            return seal.day
    return None


def _digest_of(day, before: bytes) -> tuple[bytes, int]:
    begin, end = clock.rome_midnight(day), clock.rome_midnight(day + timedelta(days=1))
    rows = writing().execute(
        sa.select(AuditEntry.__table__).where(AuditEntry.at >= begin, AuditEntry.at < end).order_by(AuditEntry.id)
    )
    running, entries = hashlib.sha256(before), 0
    for row in rows.mappings():
        running.update(json.dumps(dict(row), sort_keys=True, default=str).encode())
        entries += 1
    return running.digest(), entries
