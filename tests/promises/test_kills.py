"""P1, P2, P3, P5, P8: sign-ups and messages while worker, broker and database are killed."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from datetime import timedelta

import psycopg

from bench import stories, town
from bench.client import Visitor
from civic.kernel import clock
from tests.promises.crew import Crew

DRAINED_WITHIN = 300


class Crowd:
    """People who sign up one after the other and remember what they were told."""

    def __init__(self, crew, count: int, threads: int = 4) -> None:
        self.crew = crew
        with crew.app.app_context():
            self.hot = town.open_workshop(min(5000, count + 10))
            self.people = town.sign_in_people(crew.app, count)
        self.told_yes: list[int] = []
        self._left = list(range(count))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._sign_up_all) for _ in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _sign_up_all(self) -> None:
        while True:
            with self._lock:
                if not self._left:
                    return
                number = self._left.pop()
            self._until_told(number)

    def _until_told(self, number: int) -> None:
        """Try as a person does: again after a page that says to try again; the form key stays the same."""
        visitor = Visitor(self.crew.port)
        for _ in range(300):
            try:
                stories.sign_up(self.hot, self.people)(number, visitor)
            except (OSError, AssertionError):
                if self._has_place(number):
                    break
                time.sleep(0.2)
                continue
            break
        else:
            return
        with self._lock:
            self.told_yes.append(self.people[number].person_id)

    def _has_place(self, number: int) -> bool:
        """Whether a page shows the place after an answer that got lost on its way."""
        visitor = Visitor(self.crew.port, self.people[number].cookies)
        try:
            form = stories.form_for(self.hot, self.people[number], visitor)
            answer = visitor.post(f"/attivita/{self.hot.slug}/iscrizione", form)
            return answer.status == 302 and b"Codice da mostrare" in visitor.get(answer.header(b"location")).body
        except (OSError, AssertionError):
            return False


def rows(crew, statement: str) -> list[tuple]:
    with psycopg.connect(crew.machine.postgres.url("site"), autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def unsent(crew) -> int:
    try:
        waiting = "SELECT count(*) FROM outbox_event WHERE done_at IS NULL AND parked_at IS NULL"
        # What quiet hours hold back until the morning is not late.
        soon = (clock.now() + timedelta(hours=1)).isoformat()
        owed = f"SELECT count(*) FROM delivery WHERE state IN ('queued', 'retry', 'sending') AND next_attempt_at < '{soon}'"
        return rows(crew, waiting)[0][0] + rows(crew, owed)[0][0]
    except psycopg.OperationalError:
        return 1


def confirmations(crew) -> Counter:
    """Address -> how many different confirmations and copies of each the mail server took."""
    return Counter(mail.recipient for mail in crew.sink.mails if re.search(r"Hai un posto|You have a place", mail.subject))


def kill_again_and_again(crew, kills: int, seed: int = 7) -> int:
    """Kill worker, one of its children, broker and database in turn at random moments; return how many kills there were."""
    chance = random.Random(seed)
    acts = (_kill_worker, Crew.kill_broker, Crew.kill_database, _kill_one_child)
    for number in range(kills):
        time.sleep(chance.uniform(0.4, 2.0))
        acts[number % len(acts)](crew)
    return kills


def _kill_one_child(crew) -> None:
    crew.kill_one_child("worker")


def _kill_worker(crew) -> None:
    crew.kill("worker")
    crew.start_worker()


def test_nothing_confirmed_and_no_message_is_lost_whatever_is_killed(crew, is_full, keeps):
    count, kills = (2000, 12) if is_full else (60, 4)
    crew.start_web()
    crew.start_worker()
    crowd = Crowd(crew, count)
    crowd.start()
    killed = kill_again_and_again(crew, kills)
    crowd.join()
    # A worker whose clock is ahead finds the leases of the dead over; the long form waits for them.
    crew.kill("worker")
    crew.start_worker(**({} if is_full else {"CLOCK_SHIFT": "200"}))
    seconds = crew.wait(lambda: unsent(crew) == 0, "every message to be sent", DRAINED_WITHIN)

    confirmed = {person for (person,) in rows(crew, "SELECT person_id FROM signup WHERE state = 'confirmed'")}
    lost = set(crowd.told_yes) - confirmed
    keeps("P1", f"sign-ups confirmed and lost ({len(crowd.told_yes)} told, {killed} kills)", len(lost), 0)
    owed = {
        email
        for (email,) in rows(
            crew,
            "SELECT a.email FROM signup s JOIN account a ON a.person_id = s.person_id "
            "WHERE s.state = 'confirmed' AND a.email LIKE '%@bench.example'",
        )
    }
    taken = confirmations(crew)
    keeps("P2", f"messages lost of {len(owed)}", len(owed - taken.keys()), 0)
    keeps("P2", "seconds to drain after the last kill", round(seconds), DRAINED_WITHIN)
    copies = Counter(mail.parsed["Message-ID"] for mail in crew.sink.mails)
    keeps("P3", f"messages that came twice, {killed} kills", sum(number - 1 for number in copies.values()), killed)
    assert len(crowd.told_yes) == count
    assert max(taken[email] for email in owed) <= 1 + killed


def test_without_the_sweep_messages_are_lost(crew):
    """The twin: only the nudge is left, the broker forgets it, and the message never leaves."""
    crew.start_web()
    crowd = Crowd(crew, 5)
    crew.machine.valkey.stop()
    crowd.start()
    crowd.join()
    time.sleep(1)  # the last nudge has gone to nobody
    crew.forget_queue()
    crew.start_worker("tests.promises.worker_without_sweep")
    time.sleep(12)
    assert len(crowd.told_yes) == 5
    assert unsent(crew) >= 5


def test_without_a_broker_people_sign_up_and_their_messages_leave(crew, keeps):
    crew.machine.valkey.stop()
    crew.start_web()
    crew.start_worker()
    crowd = Crowd(crew, 20)
    crowd.start()
    crowd.join()
    keeps("P8", "sign-ups that failed without the broker, of 20", 20 - len(crowd.told_yes), 0)
    seconds = crew.wait(lambda: unsent(crew) == 0, "the messages to leave", 120)
    keeps("P8", "seconds until the messages left without the broker", round(seconds), 120)


def test_pressing_twenty_times_is_one_signup_and_one_message(calm_crew, keeps):
    crew = calm_crew
    with crew.app.app_context():
        hot = town.open_workshop(30)
        (somebody,) = town.sign_in_people(crew.app, 1)
    visitor = Visitor(crew.port, somebody.cookies)
    form = stories.form_for(hot, somebody, visitor)
    answers: list[str | None] = []

    def press() -> None:
        one = Visitor(crew.port, visitor.cookies)
        answers.append(one.post(f"/attivita/{hot.slug}/iscrizione", form).header(b"location"))

    presses = [threading.Thread(target=press) for _ in range(20)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()
    crew.wait(lambda: unsent(crew) == 0, "the message to leave", 60)
    signups = rows(crew, f"SELECT count(*) FROM signup WHERE person_id = {somebody.person_id}")[0][0]
    (address,) = rows(crew, f"SELECT email FROM account WHERE person_id = {somebody.person_id}")[0]
    mails = [mail for mail in crew.sink.mails if mail.recipient == address]
    # One, and neither none nor two.
    keeps("P5", "signups beside one of somebody who pressed 20 times", abs(signups - 1), 0)
    keeps("P5", "answers beside one to 20 presses", abs(len(set(answers)) - 1), 0)
    keeps("P5", "messages beside one to somebody who pressed 20 times", abs(len(mails) - 1), 0)


def test_a_rush_gives_every_place_once(calm_crew, is_full, keeps):
    people, places, rushes = (500, 20, 10) if is_full else (100, 10, 1)
    crew = calm_crew
    for _ in range(rushes):
        with crew.app.app_context():
            hot = town.open_workshop(places)
            crowd = town.sign_in_people(crew.app, people)
        barrier, statuses = threading.Barrier(people), []

        def send(number: int, hot=hot, crowd=crowd, barrier=barrier, statuses=statuses) -> None:
            visitor = Visitor(crew.port, crowd[number].cookies)
            form = stories.form_for(hot, crowd[number], visitor, joins_queue="y")
            visitor.close()
            barrier.wait()
            statuses.append(visitor.post(f"/attivita/{hot.slug}/iscrizione", form).status)
            visitor.close()

        threads = [threading.Thread(target=send, args=(number,)) for number in range(people)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counted = dict(
            rows(
                crew,
                "SELECT s.state, count(*) FROM signup s JOIN activity a ON a.id = s.activity_id "
                f"WHERE a.slug = '{hot.slug}' GROUP BY 1",
            )
        )
        keeps("P4", f"places given beside {places} to {people} people", abs(counted.get("confirmed", 0) - places), 0)
        keeps("P4", "people neither in nor in the queue", people - sum(counted.values()), 0)
        keeps("P4", "answers of 5xx", sum(1 for status in statuses if status >= 500), 0)
