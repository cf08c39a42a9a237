"""P9, P12, P14, P16: reminders once, every door kept, ended sessions dead, and nobody finds out who is registered."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bench import town
from bench.client import Visitor
from civic.accounts.models import Account, UserSession
from civic.accounts.services import sessions
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id
from civic.notifications import reminders
from civic.notifications.models import Notification
from civic.web.access import ACCESS, Access
from tests import factories as make
from tests.promises.addresses import FORMS, known_beside_unknown


@pytest.mark.parametrize("day", [datetime(2027, 3, 28, 10, tzinfo=clock.ROME), datetime(2027, 10, 31, 10, tzinfo=clock.ROME)])
def test_reminders_come_once_over_the_night_the_clock_changes(calm_crew, keeps, day):
    each = reminders_around(calm_crew.app, day)
    keeps("P9", f"people without a reminder, {day:%d %B}", sum(1 for leads in each.values() if not leads), 0)
    keeps("P9", f"reminders that came twice, {day:%d %B}", sum(len(leads) - len(set(leads)) for leads in each.values()), 0)
    assert len({len(leads) for leads in each.values()}) == 1


def reminders_around(app, day: datetime) -> dict[int, list[str]]:
    """Sign three people up for `day` and write reminders every half hour, twice; return which each of them received."""
    with app.app_context():
        with clock.frozen(day - timedelta(days=20)), transaction():
            _, opening, _ = make.published(ActivityKind.WORKSHOP, starts_in=timedelta(days=20), capacity=9)
            people = [make.account() for _ in range(3)]
            for person in people:
                sign_up(make.actor_of(person), Entry(opening.public_id, person.id, new_public_id()))
        instant = day - timedelta(days=2)
        while instant < day:
            with clock.frozen(instant), transaction():
                reminders.write_reminders()
                reminders.write_reminders()
            instant += timedelta(minutes=30)
        rows = session().execute(
            sa.select(Notification.recipient_id, Notification.payload["lead"].astext).where(
                Notification.kind == "reminder", Notification.recipient_id.in_([person.id for person in people])
            )
        ).all()
    return {person.id: [lead for recipient, lead in rows if recipient == person.id] for person in people}


def test_every_route_has_its_place_and_keeps_strangers_out(calm_crew, keeps):
    app, visitor = calm_crew.app, Visitor(calm_crew.port)
    rules = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("gallery")]
    # What is not in the table asks for a sign-in: closed by default.
    open_doors = []
    for rule in rules:
        if "GET" not in rule.methods or ACCESS.get(rule.endpoint, Access.SIGNED_IN) is Access.PUBLIC:
            continue
        answer = visitor.get(re.sub(r"<[^>]+>", "1", rule.rule))
        if answer.status not in (302, 308, 404) or (answer.status == 302 and "/accedi" not in (answer.header(b"location") or "")):
            open_doors.append(rule.endpoint)
    keeps("P12", f"doors open to strangers, of {len(rules)} routes", len(open_doors), 0)


def test_an_ended_session_opens_nothing(calm_crew, keeps):
    def opens(cookies: dict[str, str]) -> bool:
        return Visitor(calm_crew.port, cookies).get("/area-personale").status == 200

    keeps("P14", "replays of an ended session that opened a page, of 8", replays_that_open(calm_crew.app, opens), 0)


def replays_that_open(app, opens: Callable[[dict[str, str]], bool]) -> int:
    """End sessions in four ways, twice; return how many of them open a page afterwards."""
    endings = (
        lambda account, row: sessions.end_session(row),
        lambda account, row: sessions.end_sessions(account),
        lambda account, row: session().execute(sa.update(Account).where(Account.id == account).values(disabled_at=clock.now())),
        lambda account, row: session().execute(
            sa.update(UserSession).where(UserSession.id == row).values(expires_at=clock.now() - timedelta(seconds=1))
        ),
    )
    successes = 0
    with app.app_context():
        for ending in endings * 2:
            (somebody,) = town.sign_in_people(app, 1)
            assert opens(somebody.cookies)
            with transaction():
                account = session().scalar(sa.select(Account.id).where(Account.person_id == somebody.person_id))
                row = session().scalar(sa.select(UserSession.id).where(UserSession.account_id == account))
                ending(account, row)
            successes += opens(somebody.cookies)
    return successes


@pytest.mark.parametrize("form", FORMS)
def test_known_and_unknown_addresses_take_the_same_time(calm_crew, is_full, keeps, form):
    pairs = 200 if is_full else 40
    milliseconds, texts = known_beside_unknown(calm_crew.app, form, pairs)
    if is_full:
        # Forty pairs on a busy machine tell nothing about milliseconds; the number of hashes is tested elsewhere.
        keeps("P16", f"milliseconds between known and unknown, {form}", milliseconds, 5)
    keeps("P16", f"different answers to known and unknown, {form}", len(texts) - 1, 0)


def test_the_places_counted_are_the_places_held(calm_crew, keeps):
    with calm_crew.app.app_context():
        wrong = list_wrong_counts()
    keeps("P4", "openings whose count is not the sign-ups that hold a place", len(wrong), 0)
