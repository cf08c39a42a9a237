"""The twins of the promises: with the protection taken away the figure must go red, or it measures nothing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import datetime

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import Phase

from bench import town
from civic.accounts import passwords
from civic.accounts.models import Account
from civic.accounts.services import registering
from civic.activities.events import SignupConfirmed
from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.services import places
from civic.activities.services.signing_up import Entry, sign_up
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.errors import DomainError
from civic.kernel.ids import new_public_id
from civic.notifications import reminders, writing
from civic.notifications.reactions.signups import tell_signup_confirmed
from civic.web import signing_in
from civic.web.activities import newcomer
from tests import factories as make
from tests.promises.addresses import known_beside_unknown
from tests.promises.test_any_story import play
from tests.promises.test_doors import reminders_around, replays_that_open
from tests.promises.test_kills import Crowd, rows, unsent


def test_without_durable_commits_a_confirmed_sign_up_is_lost(crew, goes_red):
    with psycopg.connect(crew.machine.postgres.url("site"), autocommit=True) as connection:
        for setting in ("synchronous_commit = off", "wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    crew.start_web()
    crowd = Crowd(crew, 20)
    crowd.start()
    crowd.join()
    crew.kill_database()
    confirmed = {person for (person,) in rows(crew, "SELECT person_id FROM signup WHERE state = 'confirmed'")}
    goes_red("P1", "sign-ups confirmed and lost, commits not durable", len(set(crowd.told_yes) - confirmed), 0)


def test_without_the_unique_key_one_is_told_twice(calm_crew, goes_red, monkeypatch):
    by_chance = writing._WRITE.replace("CAST(:occasion AS text)", "CAST(:occasion AS text), gen_random_uuid()")
    monkeypatch.setattr(writing, "_WRITE", by_chance)
    monkeypatch.setattr(writing, "_SIGNUPS", writing._statement(writing._ABOUT_SIGNUPS.replace("{extra}", "'{}'::jsonb")))
    with calm_crew.app.app_context():
        hot, (somebody,) = town.open_workshop(5), town.sign_in_people(calm_crew.app, 1)
        with transaction():
            actor = make.Actor(person_id=somebody.person_id)
            sign_up(actor, Entry(hot.opening, somebody.person_id, new_public_id()))
            signup_id = session().scalar(sa.select(Signup.id).where(Signup.person_id == somebody.person_id))
        for _ in range(2):
            with transaction():
                tell_signup_confirmed(SignupConfirmed(signup_id), None)
    calm_crew.wait(lambda: unsent(calm_crew) == 0, "the messages to leave", 60)
    (address,) = rows(calm_crew, f"SELECT email FROM account WHERE person_id = {somebody.person_id}")[0]
    copies = Counter(mail.recipient for mail in calm_crew.sink.mails)[address]
    goes_red("P3", "messages that came twice, keys not unique", copies - 1, 0)


def test_without_the_timer_messages_stay_where_they_are_when_the_broker_is_gone(crew, goes_red):
    crew.machine.valkey.stop()
    crew.start_web()
    crew.start_worker("tests.promises.worker_without_sweep")
    crowd = Crowd(crew, 5)
    crowd.start()
    crowd.join()
    time.sleep(45)
    goes_red("P8", "messages that did not leave in 45 s, no timer and no broker", unsent(crew), 0)


def test_without_the_key_of_a_reminder_it_comes_again_and_again(calm_crew, goes_red, monkeypatch):
    naive = sa.text(reminders._WRITE.text.replace("latest.version) AS key", "latest.version, gen_random_uuid()) AS key"))
    monkeypatch.setattr(reminders, "_WRITE", naive.bindparams(*reminders._WRITE._bindparams.values()))
    each = reminders_around(calm_crew.app, datetime(2027, 3, 28, 10, tzinfo=clock.ROME))
    twice = sum(len(leads) - len(set(leads)) for leads in each.values())
    goes_red("P9", "reminders that came twice, no key of their own", twice, 0)


def test_a_cookie_that_is_not_looked_up_outlives_its_session(calm_crew, goes_red, monkeypatch):
    forgiving = signing_in._ACTOR.replace("AND s.ended_at IS NULL AND s.expires_at > %(now)s", "")
    monkeypatch.setattr(signing_in, "_ACTOR", forgiving.replace("AND a.disabled_at IS NULL", ""))

    def opens(cookies: dict[str, str]) -> bool:
        client = calm_crew.app.test_client()
        for name, value in cookies.items():
            client.set_cookie(name, value, domain="127.0.0.1")
        return client.get("/area-personale", base_url="http://127.0.0.1").status_code == 200

    goes_red("P14", "replays of an ended session, rows not looked at, of 8", replays_that_open(calm_crew.app, opens), 0)


def is_known(email: str) -> bool:
    return session().scalar(sa.select(Account.id).where(Account.email == email)) is not None


def no_hash_for_nobody(honest):
    return lambda password, kept: kept is not None and honest(password, kept)


def a_new_password_at_once(honest):
    return lambda email: passwords.hash_password("tre parole nuove") if is_known(email) else honest(email)


def who_is_known_is_known_already(honest):
    return lambda details, *rest: "" if is_known(details.email) else honest(details, *rest)


def who_is_known_may_sign_in(honest):
    return lambda opening, newcomer, *rest, **more: (
        "" if is_known(newcomer.person.email) else honest(opening, newcomer, *rest, **more)
    )


@pytest.mark.parametrize(
    ("form", "module", "name", "naive"),
    [
        ("sign-in", passwords, "is_right", no_hash_for_nobody),
        ("password", registering, "ask_password_reset", a_new_password_at_once),
        ("registration", registering, "register", who_is_known_is_known_already),
        ("sign-up", newcomer, "sign_up_newcomer", who_is_known_may_sign_in),
    ],
)
def test_without_the_same_work_the_time_tells_who_is_registered(calm_crew, goes_red, monkeypatch, form, module, name, naive):
    monkeypatch.setattr(module, name, naive(getattr(module, name)))
    milliseconds, _ = known_beside_unknown(calm_crew.app, form, 40)
    goes_red("P16", f"milliseconds between, {form}, {naive.__name__.replace('_', ' ')}", milliseconds, 5)


def test_without_key_lock_and_index_pressing_twice_is_two_signups(calm_crew, goes_red, monkeypatch):
    with calm_crew.app.app_context():
        hot, (somebody,) = town.open_workshop(30), town.sign_in_people(calm_crew.app, 1)
        with transaction():
            session().execute(sa.text("DROP INDEX uq_signup_live"))
    monkeypatch.setattr(facts, "lock_person", facts.get_person)
    barrier = threading.Barrier(8)

    def press() -> None:
        with calm_crew.app.app_context():
            barrier.wait()
            try:
                with transaction():
                    entry = Entry(hot.opening, somebody.person_id, new_public_id())
                    sign_up(make.Actor(person_id=somebody.person_id), entry)
            except (DomainError, sa.exc.DBAPIError):
                return

    presses = [threading.Thread(target=press) for _ in range(8)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    signups = rows(calm_crew, f"SELECT count(*) FROM signup WHERE person_id = {somebody.person_id}")[0][0]
    goes_red("P5", "signups beside one, no key, no lock, no index", signups - 1, 0)


def test_a_story_finds_a_place_that_is_not_handed_on(app, monkeypatch):
    def only_release(opening, signup):
        places.release(opening.id, is_referred=signup.is_referred)

    monkeypatch.setattr(places, "hand_over", only_release)
    with pytest.raises(AssertionError, match="wake-up"):
        play(app, 600, (Phase.generate,))
