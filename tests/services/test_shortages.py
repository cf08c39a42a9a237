"""Who coordinates is told once, two days before, where people are missing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.models import Opening
from civic.activities.services import cancelling
from civic.activities.services.publishing import OpeningFields
from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.notifications import facts
from civic.notifications.catalogue import MESSAGES
from civic.notifications.models import Notification
from civic.notifications.shortages import tell_of_shortages
from tests import factories as make


@pytest.fixture
def short(tx):
    """A shift in fourteen days that wants two people and has one; return the activity, its opening and coordinator."""
    places = (OpeningFields(ActivityKind.VOLUNTEERING, 3, "cucina", minimum=2, occurrence=0),)
    activity, opening, coordinator = make.published(ActivityKind.VOLUNTEERING, openings=places)
    make.signed_up(opening)
    return activity, opening, coordinator


def before(activity, **time):
    return clock.frozen(make.occurrences_of(activity)[0].starts_at - timedelta(**time))


def test_coordinators_are_told_once_and_not_before_two_days(tx, short):
    activity, opening, coordinator = short
    with before(activity, hours=49):
        assert tell_of_shortages() == 0
    with before(activity, hours=48):
        assert (tell_of_shortages(), tell_of_shortages()) == (1, 0)
    told = tx.execute(sa.select(Notification.recipient_id, Notification.subject_id)).all()
    assert told == [(coordinator.person_id, opening.id)]


def test_nobody_is_told_where_enough_people_come_or_it_was_cancelled_or_has_begun(tx, short):
    activity, _, coordinator = short
    with before(activity, hours=0):
        assert tell_of_shortages() == 0
    tx.execute(sa.update(Opening).values(taken=2))
    with before(activity, hours=30):
        assert tell_of_shortages() == 0
    tx.execute(sa.update(Opening).values(taken=1))
    cancelling.cancel_activity(coordinator, activity.public_id, "Manca la sala")
    with before(activity, hours=30):
        assert tell_of_shortages() == 0


def test_the_message_is_not_sent_once_the_person_has_been_found(tx, short):
    activity, opening, _ = short
    with before(activity, hours=30):
        for taken, is_due in ((1, True), (2, False)):
            tx.execute(sa.update(Opening).values(taken=taken))
            known = facts.of_opening(opening.id, facts.Recipient(0, "", "", "it", None, has_account=True))
            assert MESSAGES["too_few_people"](known).is_due() is is_due
