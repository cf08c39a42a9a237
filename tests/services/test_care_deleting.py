"""What a family entrusted is deleted by its date, with the sign-up, at 18, and with the person; figures stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account
from civic.activities.services.answering import cancel_signup
from civic.activities.services.erasing import erase_long_over
from civic.care.models import CareConsent, CollectionNote, ErasureCount, HealthNote, ImageRelease
from civic.care.services import writing
from civic.care.services.deleting import delete_due
from civic.care.types import Record
from civic.jobs import nightly
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.notifications.models import Notification
from civic.outbox import draining
from tests import factories as make
from tests.care import family
from tests.services.test_care_marks import entrust_everything

DAYS = {Record.HEALTH: 7, Record.COLLECTION: 30, Record.IMAGES: 365}


@pytest.fixture
def there(tx):
    found = family()
    entrust_everything(found)
    return found


def left(tx) -> list[int]:
    return [tx.scalar(sa.select(sa.func.count()).select_from(table)) for table in (HealthNote, CollectionNote, ImageRelease)]


def delete_all() -> dict[Record, int]:
    return {record: delete_due(record) for record in Record}


@pytest.mark.parametrize("record", Record)
def test_each_record_goes_on_its_day_and_its_consent_with_it(tx, there, record):
    last = there.ends_at + timedelta(days=DAYS[record])
    with clock.frozen(last - timedelta(seconds=1)):
        assert delete_due(record) == 0
    with clock.frozen(last):
        assert delete_due(record) == 1
        assert delete_due(record) == 0
    standing = tx.scalars(sa.select(CareConsent.record).where(CareConsent.withdrawn_at.is_(None)))
    assert set(standing) == set(Record) - {record}
    (counted,) = tx.scalars(sa.select(ErasureCount))
    assert (counted.activity_id, counted.record, counted.count) == (there.activity.id, record, 1)
    assert counted.erased_on == clock.to_rome(last).date()


def test_the_figures_of_a_day_add_up(tx, there):
    cancel_signup(there.guardian, there.signup)
    assert delete_all() == dict.fromkeys(Record, 1)
    other = family(capacity=9)
    tx.execute(sa.update(ErasureCount).values(activity_id=other.activity.id))
    entrust_everything(other)
    cancel_signup(other.guardian, other.signup)
    assert delete_all() == dict.fromkeys(Record, 1)
    assert set(tx.scalars(sa.select(ErasureCount.count))) == {2}


def test_nothing_goes_before_its_time(tx, there):
    assert delete_all() == dict.fromkeys(Record, 0)
    assert left(tx) == [1, 1, 1] and not tx.scalars(sa.select(ErasureCount)).all()


def test_what_ends_with_the_sign_up_is_deleted_the_same_night(tx, there):
    cancel_signup(there.guardian, there.signup)
    assert delete_all() == dict.fromkeys(Record, 1)
    assert left(tx) == [0, 0, 0]


def test_at_eighteen_nothing_stays_that_others_wrote(tx, there):
    there.child.birth_on = make.ADULT
    tx.flush()
    assert delete_all() == dict.fromkeys(Record, 1)


def test_who_is_erased_leaves_nothing_entrusted(tx, there):
    tx.execute(sa.text("UPDATE guardianship SET ended_at = now()"))
    tx.execute(sa.delete(Account).where(Account.person_id == there.child.id))
    with clock.frozen(there.ends_at + timedelta(days=366)):
        assert erase_long_over() > 0
    assert left(tx) == [0, 0, 0]
    words = tx.execute(sa.select(CareConsent.text, CareConsent.withdrawn_at.is_(None))).all()
    assert words and set(words) == {("", False)}


def test_two_years_after_it_ended_a_consent_goes(tx, there):
    with clock.frozen(there.ends_at + timedelta(days=400)):
        delete_all()
    _, kept_for, statement = next(rule for rule in nightly.RETENTION if rule[0] == "care_consent")
    for days, left_over in ((400 + 730, True), (400 + 732, False)):
        with clock.frozen(there.ends_at + timedelta(days=days)):
            tx.execute(sa.text(statement), {"before": clock.now() - kept_for})
        assert bool(tx.scalar(sa.select(sa.func.count()).select_from(CareConsent))) is left_over


def test_who_wrote_of_health_is_told_once_that_it_is_gone_and_nobody_else(connection):
    with transaction():
        found = family()
        entrust_everything(found)
        writing.ask_for_health(found.coordinator, found.activity.public_id, frozenset())
    draining.drain()
    draining.drain()
    told = session().scalars(sa.select(Notification.recipient_id).where(Notification.kind == "health_deleted"))
    assert list(told) == [found.guardian.person_id]
