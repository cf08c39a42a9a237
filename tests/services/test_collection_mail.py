"""A change to who may collect a child is told to who answers for them, and the mail does not say what it is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.care.services import writing
from civic.care.types import Channel, Collection, Collector, Record
from civic.kernel.db import session, transaction
from civic.notifications.models import Notification
from civic.outbox.draining import drain
from tests.care import TEXT, family

NONNA = Collector("Zqnonna Ada", "+393331234567")


@pytest.fixture
def there(connection):
    with transaction():
        return family()


def told() -> list[int]:
    drain()
    return list(session().scalars(sa.select(Notification.recipient_id).where(Notification.kind == "collection_changed")))


def test_who_answers_is_told_of_each_change_and_of_nothing_that_stays_as_it_was(there):
    for _ in range(2):
        with transaction():
            writing.write_collection(there.guardian, there.signup, Collection(False, (NONNA,)), TEXT)
    assert told() == [there.guardian.person_id]
    with transaction():
        writing.take_back(there.guardian, there.signup, Record.COLLECTION)
        there.release({Channel.WEBSITE})
    assert told() == [there.guardian.person_id] * 2
    assert "Zqnonna" not in str(session().execute(sa.text("SELECT payload FROM notification")).all())
