"""What people follow reaches them, at once or gathered, once, with the reason; and nobody whom it does not concern."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.services import closing
from civic.activities.models import Activity
from civic.activities.types import ActivityKind
from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.db import release, session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.notifications import delivery, digests, following, preferences
from civic.notifications.topics import Subject, Topic
from civic.notifications.types import Category, Mode
from civic.organisations.models import Organisation
from civic.outbox import draining
from civic.programme.models import Quartiere
from tests import factories as make
from tests.factories import NOW

WORKSHOPS = Topic(Subject.KIND, "workshop")
MONDAY = clock.from_rome(NOW.replace(tzinfo=None, hour=8) + timedelta(days=7))


@pytest.fixture
def follower(write):
    """Make somebody who follows these topics and wants mail so; return the person."""

    def follows(*topics: Topic, mode: Mode | None = Mode.NOW, birth_on: date = make.ADULT):
        def make_one():
            person = make.account(birth_on)
            following.follow(make.actor_of(person), topics)
            if mode is not None:
                preferences.choose(person.id, Category.NEWS, mode)
            return person

        return write(make_one)

    return follows


@pytest.fixture
def publish(write):
    """Publish an activity and let the outbox react; return it."""

    def published(**values):
        activity = write(lambda: make.published(**values)[0])
        draining.drain()
        return activity

    return published


def deliver(at) -> None:
    with clock.frozen(at):
        sweep.sweep()


def test_who_follows_a_kind_hears_of_it_once_and_why(follower, publish, sink, rows, write):
    person = follower(WORKSHOPS)
    other = follower(Topic(Subject.KIND, "volunteering"))
    activity = publish(title="Rap e rime")
    write(following.tell_of_new, activity.id)
    delivery.deliver_due()
    assert [mail.recipient for mail in sink.mails if "Novità" in mail.subject] == [person.email]
    (mail,) = [mail for mail in sink.mails if mail.recipient == person.email]
    assert mail.subject == "Novità: Rap e rime"
    assert "Perché segui i laboratori" in mail.text and f"/attivita/{activity.slug}" in mail.text
    assert mail.parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert other.email not in {mail.recipient for mail in sink.mails}


def test_an_organisation_and_a_quartiere_are_followed_by_name(follower, publish, sink, write):
    def found():
        organisation, coordinator = make.organisation()
        quartiere = Quartiere(code="9", slug="navile", name="Navile", lat=44.5, lon=11.3)
        writing().add(quartiere)
        writing().flush()
        place = make.place()
        place.quartiere_id = quartiere.id
        return organisation, coordinator, quartiere.id, place.id

    organisation, coordinator, quartiere_id, place_id = write(found)
    follower(Topic(Subject.ORGANISATION, str(organisation.id)), Topic(Subject.QUARTIERE, str(quartiere_id)))
    publish(by=(organisation, coordinator), place_id=place_id)
    delivery.deliver_due()
    (mail,) = [mail for mail in sink.mails if "Novità" in mail.subject]
    assert f"Perché segui {organisation.name}, Navile" in mail.text


@pytest.mark.parametrize(
    ("born", "values", "hears"),
    [
        (make.ADULT, {}, True),
        (make.ADULT, {"age_min": 14, "age_max": 17}, False),
        (make.SIXTEEN, {"age_min": 14, "age_max": 17}, True),
        (make.SIXTEEN, {"age_min": 18}, False),
        (make.SIXTEEN, {"kind": ActivityKind.VOLUNTEERING}, False),
    ],
)
def test_nobody_hears_of_what_is_not_for_their_age(follower, publish, rows, born, values, hears):
    follower(WORKSHOPS, Topic(Subject.KIND, "volunteering"), birth_on=born)
    publish(**values)
    assert rows("SELECT count(*) FROM notification WHERE kind = 'new_match'")[0][0] == hears


def test_whoever_knows_already_is_not_told(write, rows):
    def publish():
        organisation, coordinator = make.organisation()
        person = session().get(make.Person, coordinator.person_id)
        following.follow(make.actor_of(person), [WORKSHOPS])
        make.published(by=(organisation, coordinator))

    write(publish)
    draining.drain()
    assert rows("SELECT count(*) FROM notification WHERE kind = 'new_match'")[0][0] == 0


def test_counselling_is_told_to_nobody_who_only_follows(follower, write, rows):
    follower(WORKSHOPS)
    activity = write(lambda: make.published()[0])
    write(lambda: writing().execute(sa.update(Activity).where(Activity.id == activity.id).values(is_counselling=True)))
    draining.drain()
    assert rows("SELECT count(*) FROM notification WHERE kind = 'new_match'")[0][0] == 0


def test_what_was_cancelled_before_it_was_told_is_not_told(follower, publish, sink, write):
    follower(WORKSHOPS, mode=Mode.DAILY)
    activity = publish(starts_in=timedelta(days=20))
    write(lambda: writing().execute(sa.update(Activity).where(Activity.id == activity.id).values(state="cancelled")))
    deliver(NOW + timedelta(days=1))
    assert not [mail for mail in sink.mails if "novità" in mail.subject.lower()]


def test_an_organisation_that_was_suspended_is_news_for_nobody(follower, publish, rows, write):
    follower(WORKSHOPS)
    activity = write(lambda: make.published()[0])
    organisation = sa.update(Organisation).where(Organisation.id == activity.organisation_id)
    write(lambda: writing().execute(organisation.values(state="suspended")))
    draining.drain()
    assert rows("SELECT count(*) FROM notification WHERE kind = 'new_match'")[0][0] == 0


def test_a_daily_digest_takes_everything_since_the_last_one_and_comes_once(follower, publish, sink, rows):
    person = follower(WORKSHOPS, mode=Mode.DAILY)
    for number in range(3):
        publish(title=f"Uno {number}", starts_in=timedelta(days=20))
    deliver(NOW + timedelta(hours=10))
    assert sink.mails == []
    morning = clock.from_rome(NOW.replace(tzinfo=None, hour=8) + timedelta(days=1))
    deliver(morning - timedelta(seconds=1))
    assert sink.mails == []
    for seconds in (0, 30, 3600):
        deliver(morning + timedelta(seconds=seconds))
    (mail,) = sink.mails
    assert mail.recipient == person.email and mail.subject == "3 novità da ieri"
    assert all(f"Uno {number}" in mail.text for number in range(3)) and "Perché segui i laboratori" in mail.text
    assert mail.parsed["List-Id"].startswith("<news.")
    deliver(morning + timedelta(days=1))
    assert len(sink.mails) == 1


def test_a_week_is_gathered_unless_somebody_chooses_otherwise(follower, publish, sink):
    follower(WORKSHOPS, mode=None)
    publish(title="Uno", starts_in=timedelta(days=20))
    for day in range(1, 7):
        deliver(NOW + timedelta(days=day))
    assert sink.mails == []
    deliver(MONDAY)
    assert [mail.subject for mail in sink.mails] == ["1 novità di questa settimana"]


def test_a_clock_that_stood_still_for_days_makes_one_digest_of_all(follower, publish, sink):
    follower(WORKSHOPS, mode=Mode.DAILY)
    publish(title="Uno", starts_in=timedelta(days=20))
    with clock.frozen(NOW + timedelta(days=2)):
        publish(title="Due", starts_in=timedelta(days=20))
    deliver(NOW + timedelta(days=4))
    (mail,) = sink.mails
    assert "Uno" in mail.text and "Due" in mail.text


def test_two_clocks_at_once_make_one_digest(follower, publish, mailing_app, rows):
    for _ in range(5):
        follower(WORKSHOPS, mode=Mode.DAILY)
    publish(starts_in=timedelta(days=20))
    start = threading.Barrier(4)

    def run() -> None:
        with mailing_app.app_context(), clock.frozen(NOW + timedelta(days=1)):
            start.wait()
            sweep.remind()
            release()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows("SELECT count(*) FROM notification WHERE kind = 'news_digest'")[0][0] == 5
    assert rows("SELECT count(*) FROM delivery WHERE digest_id IS NOT NULL")[0][0] == 5


def test_who_wants_it_at_once_after_all_gets_what_waits(follower, publish, sink, write):
    person = follower(WORKSHOPS, mode=Mode.WEEKLY)
    publish(title="Uno")
    write(preferences.choose, person.id, Category.NEWS, Mode.NOW)
    delivery.deliver_due()
    assert [mail.subject for mail in sink.mails] == ["Novità: Uno"]


def test_who_wants_no_more_gets_nothing_of_what_waits(follower, publish, sink, rows, write):
    person = follower(WORKSHOPS, mode=Mode.DAILY)
    publish()
    write(preferences.choose, person.id, Category.NEWS, Mode.OFF)
    deliver(NOW + timedelta(days=1))
    assert sink.mails == []
    assert [row.state for row in rows("SELECT state FROM delivery")] == ["cancelled"]


def test_reminders_are_never_gathered(town, write):
    person = write(make.account)
    with pytest.raises(RuleBroken):
        preferences.choose(person.id, Category.REMINDER, Mode.DAILY)


def test_requests_can_be_gathered_for_who_coordinates(write, sink, publish, town):
    def asked():
        row, coordinator = make.organisation()
        preferences.choose(coordinator.person_id, Category.ORGANISATION, Mode.DAILY)
        _, opening, _ = make.published(by=(row, coordinator), entry_mode="approval", capacity=9, title="Cucina")
        for _ in range(3):
            make.signed_up(opening)
        return session().get(make.Person, coordinator.person_id).email

    email = write(asked)
    draining.drain()
    deliver(NOW + timedelta(hours=1))
    assert email not in {mail.recipient for mail in sink.mails}
    deliver(NOW + timedelta(days=1))
    (mail,) = [mail for mail in sink.mails if mail.recipient == email]
    assert "Cucina (3)" in mail.text and mail.text.count("Cucina") == 1


def test_what_is_followed_must_be_there_and_ends_with_the_account(write, rows):
    person = write(make.account)
    actor = make.actor_of(person)
    for topic in (Topic(Subject.ORGANISATION, "999999"), Topic(Subject.QUARTIERE, "999999")):
        with pytest.raises(NotFound):
            write(following.follow, actor, [topic])
    write(following.follow, actor, [WORKSHOPS])
    assert rows("SELECT count(*) FROM follow")[0][0] == 1
    write(following.unfollow, actor, [WORKSHOPS])
    write(following.follow, actor, [WORKSHOPS])
    account_id = rows("SELECT id FROM account")[0].id
    write(closing.close_account, make.actor_of(person, account_id=account_id))
    assert rows("SELECT count(*) FROM follow")[0][0] == 0


def test_the_hour_of_digests_is_eight_on_the_wall_on_both_nights_of_the_clock():
    for day in (date(2027, 3, 28), date(2026, 10, 25)):
        after = clock.from_rome(clock.datetime.combine(day, clock.datetime.min.time()) + timedelta(hours=9))
        assert clock.to_rome(digests.last_morning(after)).hour == 8
        assert clock.to_rome(digests.last_monday(after)).weekday() == 0


