"""Closed days of the audit are sealed once, in a chain, and a later change shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.audit import services as audit
from civic.audit.models import AuditEntry, AuditSeal
from civic.kernel import clock
from tests import factories as make


@pytest.fixture
def three_days(tx):
    """Lines on Monday, Tuesday and Wednesday; it is Wednesday."""
    for days in range(3):
        with clock.frozen(make.NOW + timedelta(days=days)):
            audit.record(make.SYSTEM, "test", "person", days)
            audit.record(make.SYSTEM, "test", "person", days + 10)
    with clock.frozen(make.NOW + timedelta(days=2)):
        yield tx


def test_every_closed_day_is_sealed_once_and_today_is_not(three_days):
    assert audit.seal_closed_days() == 2
    assert audit.seal_closed_days() == 0
    assert list(three_days.scalars(sa.select(AuditSeal.entries).order_by(AuditSeal.day))) == [2, 2]


def test_an_untouched_audit_gives_the_digests_that_were_sealed(three_days):
    audit.seal_closed_days()
    assert audit.find_broken_seal() is None


@pytest.mark.parametrize(
    "change",
    [
        sa.update(AuditEntry).where(AuditEntry.subject_id == 1).values(action="other"),
        sa.delete(AuditEntry).where(AuditEntry.subject_id == 1),
    ],
)
def test_a_line_changed_behind_the_triggers_back_breaks_the_seal_of_its_day(three_days, change):
    audit.seal_closed_days()
    three_days.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
    three_days.execute(change)
    three_days.execute(sa.text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))
    assert audit.find_broken_seal() == (make.NOW + timedelta(days=1)).date()
