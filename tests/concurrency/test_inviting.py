"""Two workers that invite for an organisation at the same moment, to one shift or to two: everybody is invited once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from civic.activities.services.publishing import OpeningFields
from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.notifications import preferences
from civic.notifications.models import Delivery, Notification
from civic.notifications.reactions.volunteering import tell_who_would_fit
from civic.notifications.types import Category
from civic.volunteering.events import VolunteersInvited
from tests import factories as make

HELPERS, DAY = 20, timedelta(days=1)


@pytest.mark.parametrize("which", [(0, 0), (0, 1)], ids=["one shift", "two shifts"])
def test_of_two_workers_at_once_nobody_is_invited_by_both(busy, which):
    with transaction():
        by = make.organisation()
        with clock.frozen(make.NOW - 2 * DAY):
            before = make.published(ActivityKind.VOLUNTEERING, by=by, starts_in=DAY, capacity=HELPERS)[1]
            for _ in range(HELPERS):
                preferences.switch_on(make.signed_up(before)[0].id, Category.UPDATE)
        places = (OpeningFields(ActivityKind.VOLUNTEERING, 5, "cucina", minimum=2, occurrence=0),)
        shifts = [make.published(ActivityKind.VOLUNTEERING, by=by, openings=places, starts_in=days * DAY)[1] for days in (14, 15)]
        events = [VolunteersInvited(shifts[number].id) for number in which]
    barrier = Barrier(2)

    def work(number: int) -> None:
        with clock.frozen(make.NOW), busy.app_context():
            barrier.wait()
            with transaction():
                tell_who_would_fit(events[number], None)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    invited = sa.select(sa.func.count(Notification.id), sa.func.count(Delivery.id))
    invited = invited.join(Delivery, Delivery.notification_id == Notification.id, isouter=True)
    assert session().execute(invited.where(Notification.kind == "shift_invitation")).one() == (HELPERS, HELPERS)
