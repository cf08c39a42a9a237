"""Reads of the audit: ids and verbs, never names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.db import session

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What to look for; what is empty does not narrow the list. `before` is the id after which the page begins."""

    action: str = ""
    actor_id: int | None = None
    subject_type: str = ""
    subject_id: int | None = None
    day: date | None = None
    before: int | None = None

    @property
    def count(self) -> int:
        """How many filters are on."""
        return sum(1 for one in (self.action, self.actor_id, self.subject_type, self.subject_id, self.day) if one)


def list_entries(filters: AuditFilters) -> tuple[Sequence[AuditEntry], bool]:
    """Return the entries that fit, the newest first, and whether older ones follow."""
    statement = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PER_PAGE + 1)
    if filters.action:
        statement = statement.where(AuditEntry.action == filters.action)
    if filters.actor_id is not None:
        statement = statement.where(AuditEntry.actor_id == filters.actor_id)
    if filters.subject_type:
        statement = statement.where(AuditEntry.subject_type == filters.subject_type)
    if filters.subject_id is not None:
        statement = statement.where(AuditEntry.subject_id == filters.subject_id)
    if filters.day is not None:
        begin, end = clock.rome_midnight(filters.day), clock.rome_midnight(filters.day + timedelta(days=1))
        statement = statement.where(AuditEntry.at >= begin, AuditEntry.at < end)
    if filters.before is not None:
        statement = statement.where(AuditEntry.id < filters.before)
    rows = session().scalars(statement).all()
    return rows[:PER_PAGE], len(rows) > PER_PAGE
