"""An activity may say when its people are reminded and in which words; without a word of its own it has the reminders of all."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.queries.reminders import find_next_meeting, list_reminders
from civic.activities.services.setting_reminders import MOST, WHENS, Reminding, fill, reminding_of, set_reminders
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.notifications.models import Notification
from civic.notifications.reminders import write_reminders
from tests import factories as make


@pytest.fixture
def there(tx):
    activity, opening, coordinator = make.published(starts_in=timedelta(days=20), meetings=2)
    make.signed_up(opening)
    return activity, coordinator


def written(tx) -> list[tuple]:
    one = Notification.payload
    return [tuple(row) for row in tx.execute(sa.select(one["lead"].astext, one["text"].astext).order_by(Notification.id)).all()]


def at(activity, **before):
    return clock.frozen(make.occurrences_of(activity)[0].starts_at - timedelta(**before))


def test_own_reminders_come_in_place_of_those_of_all(tx, there):
    activity, coordinator = there
    set_reminders(coordinator, activity.public_id, [Reminding(days=10, text="Portate {titolo}"), Reminding(hours=2)])
    assert [one.name for one in list_reminders(activity.id)] == ["10d", "2h"]
    # Three days before the first meeting are ten before the second.
    moments = (({"days": 10, "minutes": 1}, 0), ({"days": 10}, 1), ({"days": 7}, 0), ({"days": 3}, 1), ({"hours": 2}, 1))
    for before, wanted in moments:
        with at(activity, **before):
            assert write_reminders() == wanted
    assert written(tx) == [("10d", "Portate {titolo}"), ("10d", "Portate {titolo}"), ("2h", "")]


def test_what_asks_whether_one_still_comes_is_about_the_first_meeting_alone(tx, there):
    activity, coordinator = there
    set_reminders(coordinator, activity.public_id, [Reminding(days=3, asks=True)])
    first, second = make.occurrences_of(activity)
    for meeting, wanted in ((first, 1), (second, 0)):
        with clock.frozen(meeting.starts_at - timedelta(days=3)):
            assert write_reminders() == wanted


def test_without_own_reminders_those_of_all_come_back(tx, there):
    activity, coordinator = there
    set_reminders(coordinator, activity.public_id, [Reminding(hours=1)])
    set_reminders(coordinator, activity.public_id, [])
    with at(activity, days=7):
        assert write_reminders() == 1
    assert written(tx) == [("7d", "")]


def test_changing_them_sends_nothing_twice(tx, there):
    activity, coordinator = there
    with at(activity, days=1):
        assert write_reminders() == 1
        set_reminders(coordinator, activity.public_id, [Reminding(days=1, text="Altre parole"), Reminding(days=2)])
        assert write_reminders() == 0


def test_the_furthest_reminder_leaves_on_time_and_the_one_of_another_activity_is_not_moved(tx, there):
    activity, coordinator = there
    _, other, _ = make.published(starts_in=timedelta(days=20))
    make.signed_up(other)
    set_reminders(coordinator, activity.public_id, [Reminding(days=14)])
    with at(activity, days=14):
        assert write_reminders() == 1


@pytest.mark.parametrize(
    ("reminders", "said"),
    [
        ([Reminding(days=1, text="Ciao {nome}")], "means nothing"),
        ([Reminding(days=1, text="x" * 501)], "500"),
        ([Reminding(days=1), Reminding(days=1, text="due")], "same time"),
        ([Reminding(days=days) for days in range(1, MOST + 2)], "four"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_nothing_changes(tx, there, reminders, said):
    activity, coordinator = there
    with pytest.raises(RuleBroken, match=said):
        set_reminders(coordinator, activity.public_id, reminders)
    assert list_reminders(activity.id) == ()


def test_nobody_else_sets_them_and_who_did_is_in_the_audit(tx, there):
    activity, coordinator = there
    _, _, stranger = make.published()
    with pytest.raises((NotAllowed, NotFound)):
        set_reminders(stranger, activity.public_id, [Reminding(days=1)])
    set_reminders(coordinator, activity.public_id, [Reminding(days=1)])
    kept = tx.scalars(sa.select(AuditEntry.details).where(AuditEntry.action == "set_reminders")).all()
    assert [one["reminders"] for one in kept] == [["1d"]]


def test_a_placeholder_is_filled_once_and_what_is_put_in_is_not_looked_at_again():
    assert fill("{titolo} alle {ora}", {"titolo": "{ora}", "ora": "17:00"}) == "{ora} alle 17:00"


def test_every_time_that_can_be_chosen_is_kept(tx, there):
    activity, coordinator = there
    for name in WHENS:
        set_reminders(coordinator, activity.public_id, [reminding_of(name)])
        assert [one.name for one in list_reminders(activity.id)] == [name]


def test_the_preview_is_about_the_next_meeting(tx, there):
    activity, _ = there
    first, second = make.occurrences_of(activity)
    assert find_next_meeting(activity.id).starts_at == first.starts_at
    with clock.frozen(first.starts_at):
        assert find_next_meeting(activity.id).starts_at == second.starts_at
    with clock.frozen(second.starts_at):
        assert find_next_meeting(activity.id) is None
