"""Where mail servers have trouble with us nothing is sent for a while; the others are written to meanwhile."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications import breaker, delivery, settings, smtp
from civic.notifications.answers import Answer, Trouble
from civic.notifications.breaker import THRESHOLDS
from civic.notifications.types import DeliveryState
from civic.outbox import draining
from tests import factories as make
from tests.factories import NOW

_MOVE = sa.text("UPDATE account SET email = :email WHERE person_id = :id")
BUSY = "450 4.7.0 too many connections"


@pytest.fixture
def crowd(write):
    """Tell people at these addresses of a place; the mails wait."""

    def told(*addresses: str) -> None:
        def sign_up():
            _, opening, _ = make.published(capacity=len(addresses))
            for address in addresses:
                person, _, _ = make.signed_up(opening)
                writing().execute(_MOVE, {"email": address, "id": person.id})

        write(sign_up)
        draining.drain()

    return told


def at(domain: str, count: int) -> list[str]:
    return [f"p{number}@{domain}" for number in range(count)]


def trouble(times: int, answer: Answer, address: str = "a@lento.example") -> None:
    for _ in range(times):
        breaker.note_trouble(1, address, answer, DeliveryState.RETRY)


def test_a_domain_that_is_busy_again_and_again_is_left_alone_for_a_minute(crowd, sink, rows):
    crowd(*at("lento.example", 25), "b@altro.example")
    sink.on_recipient = lambda address: BUSY if address.endswith("lento.example") else None
    sweep.sweep()
    assert breaker.paused_domains() == {"lento.example"}
    assert [mail.recipient for mail in sink.mails] == ["b@altro.example"]
    events = rows("SELECT before, after, code, domain, trouble FROM delivery_event")
    assert len(events) == 25 and set(events) == {("sending", "retry", 450, "lento.example", "busy")}
    sink.on_recipient = lambda _address: None
    crowd("c@altro.example", "d@lento.example")
    with clock.frozen(NOW + timedelta(seconds=45)):
        delivery.deliver_due()
    assert [mail.recipient for mail in sink.mails] == ["b@altro.example", "c@altro.example"]
    with clock.frozen(NOW + timedelta(seconds=61)):
        delivery.deliver_due()
    assert len(sink.mails) == 28


@pytest.mark.parametrize(
    ("answer", "paused"),
    [
        (Answer(450, "4.7.0 busy"), "lento.example"),
        (Answer(550, "5.7.1 policy"), "lento.example"),
        (Answer(None, "reset"), breaker.ALL),
        (Answer(535, "5.7.8 who are you"), breaker.ALL),
    ],
)
def test_each_trouble_has_its_number_and_its_reach(town, answer, paused):
    kind = {450: Trouble.BUSY, 550: Trouble.POLICY, None: Trouble.CONNECTION, 535: Trouble.SIGN_IN}[answer.code]
    trouble(THRESHOLDS[kind] - 1, answer)
    assert breaker.paused_domains() == set()
    trouble(1, answer)
    assert breaker.paused_domains() == {paused}


def test_an_address_that_is_wrong_is_nobodys_trouble(town):
    trouble(100, Answer(550, "5.1.1 no such user"))
    assert breaker.paused_domains() == set()


def test_troubles_far_apart_are_none(town):
    for number in range(40):
        with clock.frozen(NOW + timedelta(seconds=number * 4)):
            trouble(1, Answer(450, "4.7.0 busy"))
    assert breaker.paused_domains() == set()


def test_pauses_that_follow_one_another_double_up_to_a_quarter_of_an_hour(town, rows):
    lengths, moment = [], NOW
    for _ in range(6):
        with clock.frozen(moment):
            trouble(20, Answer(450, "4.7.0 busy"))
            (pause,) = breaker.list_pauses()
            lengths.append(int((pause.until - moment).total_seconds()))
            moment = pause.until + timedelta(seconds=61)
    assert lengths == [60, 120, 240, 480, 900, 900]
    with clock.frozen(moment + timedelta(minutes=16)):
        trouble(20, Answer(450, "4.7.0 busy"))
        (pause,) = breaker.list_pauses()
        assert int((pause.until - clock.now()).total_seconds()) == 60


def test_a_password_that_is_not_taken_stops_everything_and_loses_nothing(crowd, sink, rows, monkeypatch):
    crowd("a@altro.example")
    refusal = smtp.Refused(Answer(535, "5.7.8 who are you", is_about_recipient=False))
    by = smtp.messenger()
    monkeypatch.setattr(by, "open", lambda: (_ for _ in ()).throw(refusal))
    delivery.deliver_due(by=by)
    monkeypatch.undo()
    assert breaker.paused_domains() == {breaker.ALL}
    with clock.frozen(NOW + timedelta(seconds=50)):
        assert delivery.deliver_due().sent == 0
    assert [(row.state, row.attempts) for row in rows("SELECT state, attempts FROM delivery")] == [("retry", 0)]
    with clock.frozen(NOW + timedelta(seconds=61)):
        assert delivery.deliver_due().sent == 1


def test_a_domain_is_given_as_many_in_a_minute_as_it_takes(crowd, sink, monkeypatch):
    caps = {"lento.example": 3}
    monkeypatch.setattr(settings, "_current", [dataclasses.replace(settings.current(), domain_caps=caps)])
    crowd(*at("lento.example", 7), *at("altro.example", 5))
    delivery.deliver_due()
    assert sorted(mail.recipient.split("@")[1] for mail in sink.mails) == ["altro.example"] * 5 + ["lento.example"] * 3
    delivery.deliver_due()
    assert len(sink.mails) == 8
    for minute, total in ((1, 11), (2, 12)):
        with clock.frozen(NOW + timedelta(minutes=minute, seconds=1)):
            delivery.deliver_due()
        assert len(sink.mails) == total


def test_who_asks_later_in_the_same_minute_finds_what_is_left(crowd, sink, monkeypatch):
    monkeypatch.setattr(settings, "_current", [dataclasses.replace(settings.current(), domain_caps={"lento.example": 3})])
    crowd(*at("lento.example", 2))
    delivery.deliver_due()
    crowd("x@lento.example", "y@lento.example")
    delivery.deliver_due()
    assert len(sink.mails) == 3


def test_a_mail_put_off_by_a_cap_has_used_up_no_attempt(crowd, sink, rows, monkeypatch):
    monkeypatch.setattr(settings, "_current", [dataclasses.replace(settings.current(), domain_caps={"lento.example": 1})])
    crowd(*at("lento.example", 2))
    delivery.deliver_due()
    assert sorted(row.attempts for row in rows("SELECT attempts FROM delivery")) == [0, 1]
