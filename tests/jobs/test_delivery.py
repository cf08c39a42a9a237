"""A message that is owed is sent once, whatever happens between writing and sending."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from civic.activities.services import answering, cancelling
from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.db import db
from civic.notifications import claims, delivery, preferences, smtp, suppressions
from civic.notifications.types import Category
from civic.outbox import draining
from tests import factories as make
from tests.factories import NOW

STATES = "SELECT state FROM delivery ORDER BY id"


def later(**delta):
    return clock.frozen(NOW + timedelta(**delta))


@pytest.fixture
def signed_up(write):
    """Somebody with a place at a workshop two weeks from now, whose event waits in the outbox."""

    def sign_up(**fields):
        _, opening, coordinator = make.published(**fields)
        person, actor, public_id = make.signed_up(opening)
        return person, actor, public_id, coordinator, opening

    return write(sign_up)


def states(rows) -> list[str]:
    return [row.state for row in rows(STATES)]


def test_a_confirmed_signup_is_told_once(signed_up, sink, rows):
    person = signed_up[0]
    assert sweep.sweep()["delivery"].sent == 1
    assert [mail.recipient for mail in sink.mails] == [person.email]
    assert states(rows) == ["sent"]
    sweep.sweep()
    assert len(sink.mails) == 1


def test_an_outbox_drained_twice_tells_once(signed_up, rows):
    draining.drain()
    rows("UPDATE outbox_event SET done_at = NULL")
    draining.drain()
    assert rows("SELECT count(*) FROM notification WHERE kind = 'signup_confirmed'")[0][0] == 1


def test_who_cancels_before_the_mail_leaves_is_not_told_of_a_place(signed_up, sink, rows, write):
    _, actor, public_id, _, _ = signed_up
    draining.drain()
    write(answering.cancel_signup, actor, public_id)
    sweep.sweep()
    assert ["annullata" in mail.text for mail in sink.mails] == [True]
    assert states(rows) == ["cancelled", "sent"]
    assert rows("SELECT cancelled_at FROM notification WHERE kind = 'signup_confirmed'")[0][0] is not None


def test_who_has_switched_off_gets_nothing_of_that_category(signed_up, sink, rows):
    draining.drain()
    person = signed_up[0]
    preferences.switch_off(person.id, Category.SIGNUP)
    sweep.sweep()
    assert sink.mails == []
    assert states(rows) == ["cancelled"]


def test_switching_off_after_the_claim_still_stops_the_mail(signed_up, sink, rows, monkeypatch):
    draining.drain()
    person = signed_up[0]
    claim = claims.Claim(10)
    rows(
        "INSERT INTO preference (person_id, category, mode, changed_at) VALUES (:id, 'signup', 'off', :now)",
        id=person.id,
        now=NOW,
    )
    assert not claim.hand_over(claim.rows[0], "signup", True, None)


def test_a_suppressed_address_is_never_written_to(signed_up, sink, rows):
    suppressions.suppress(signed_up[0].email, suppressions.Reason.COMPLAINT)
    sweep.sweep()
    assert sink.mails == []
    assert states(rows) == ["suppressed"]


def test_what_is_too_old_is_not_sent(signed_up, sink, rows):
    draining.drain()
    with later(days=5):
        delivery.deliver_due()
    assert sink.mails == []
    assert states(rows) == ["expired"]


def test_a_passing_refusal_is_tried_again_later(signed_up, sink, rows):
    sink.on_recipient = lambda _address: "451 4.3.0 try again"
    sweep.sweep()
    assert states(rows) == ["retry"]
    sink.on_recipient = lambda _address: None
    delivery.deliver_due()
    assert sink.mails == []
    with later(seconds=13):
        delivery.deliver_due()
    assert len(sink.mails) == 1
    assert states(rows) == ["sent"]
    assert rows("SELECT attempts FROM delivery")[0].attempts == 2


def test_an_address_that_does_not_exist_fails_for_good_and_is_suppressed(signed_up, sink, rows):
    sink.on_recipient = lambda _address: "550 5.1.1 no such mailbox"
    sweep.sweep()
    assert states(rows) == ["failed"]
    assert rows("SELECT last_code FROM delivery")[0].last_code == 550
    assert suppressions.among([signed_up[0].email])


def test_an_address_that_no_server_takes_stops_no_other_mail(town, sink, rows, write):
    def three():
        _, opening, _ = make.published(capacity=5)
        for _ in range(3):
            make.signed_up(opening)

    write(three)
    rows("UPDATE account SET email = 'ü@example.org' WHERE person_id = (SELECT min(person_id) FROM signup)")
    sweep.sweep()
    assert states(rows) == ["failed", "sent", "sent"]
    assert len(sink.mails) == 2


def test_a_word_that_cannot_be_said_to_the_server_leaves_no_open_envelope_behind(town, sink):
    by = smtp.messenger()
    by.open()
    with pytest.raises(smtp.Broken):
        by.envelope("sito@example.org", "ü@example.org")
    by.open()
    by.envelope("sito@example.org", "anna@example.org")
    by.recipient_accepted()


def test_a_full_mailbox_is_tried_again_and_not_suppressed(signed_up, sink, rows):
    sink.on_content = lambda _envelope: "552 5.2.2 mailbox full"
    sweep.sweep()
    assert states(rows) == ["retry"]
    assert not suppressions.among([signed_up[0].email])


def test_what_the_server_has_against_us_is_not_the_address_fault(signed_up, sink, rows):
    sink.on_content = lambda _envelope: "550 5.7.1 policy"
    sweep.sweep()
    assert states(rows) == ["failed"]
    assert not suppressions.among([signed_up[0].email])


def test_a_connection_lost_after_the_content_sends_again_with_the_same_message_id(signed_up, sink, rows):
    sink.on_content = lambda _envelope: "drop"
    sweep.sweep()
    assert states(rows) == ["retry"]
    sink.on_content = lambda _envelope: None
    with later(minutes=1):
        delivery.deliver_due()
    assert len(sink.mails) == 2
    assert len({mail.parsed["Message-ID"] for mail in sink.mails}) == 1


def test_a_mail_server_that_is_away_costs_no_attempt(signed_up, sink, rows, town):
    draining.drain()
    away = smtp.Messenger(town.config["SITE"].smtp.__class__("127.0.0.1", 9, None, None, False, False))
    delivery.deliver_due(by=away)
    row = rows("SELECT state, attempts FROM delivery")[0]
    assert (row.state, row.attempts) == ("retry", 0)
    with later(seconds=30):
        delivery.deliver_due()
    assert len(sink.mails) == 1


def test_a_claim_whose_process_died_is_taken_up_again(signed_up, sink, rows):
    draining.drain()
    claims.Claim(10)
    sweep.sweep()
    assert sink.mails == []
    with later(minutes=3):
        sweep.sweep()
    assert len(sink.mails) == 1


def test_a_crash_while_handing_over_sends_again_with_the_same_message_id(signed_up, sink, rows):
    draining.drain()
    claim = claims.Claim(10)
    assert claim.hand_over(claim.rows[0], "signup", True, None)
    with later(minutes=3):
        sweep.sweep()
    assert [str(mail.parsed["Message-ID"])[1:37] for mail in sink.mails] == [str(claim.rows[0].message_id)]


def test_a_kind_that_must_not_come_twice_is_held_after_such_a_crash(signed_up, rows, monkeypatch):
    monkeypatch.setattr(claims, "HELD_KINDS", ("signup_confirmed",))
    draining.drain()
    claim = claims.Claim(10)
    claim.hand_over(claim.rows[0], "signup", True, None)
    with later(minutes=3):
        claims.recover()
    assert states(rows) == ["held"]


def test_who_lost_the_lease_changes_nothing_more(signed_up, sink, rows):
    draining.drain()
    late = claims.Claim(10)
    with later(minutes=3):
        sweep.sweep()
        assert not late.hand_over(late.rows[0], "signup", True, None)
        assert not late.end(late.rows[0].id, claims.DeliveryState.FAILED)
    assert states(rows) == ["sent"]


def test_two_sweeps_at_once_send_each_mail_once(town, sink, write):
    def many():
        _, opening, _ = make.published(capacity=60)
        for _ in range(60):
            make.signed_up(opening)

    write(many)

    def in_thread():
        with clock_of(NOW), town.app_context():
            sweep.sweep()
            db.session.remove()

    threads = [threading.Thread(target=in_thread) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sink.mails) == 60
    assert len({mail.recipient for mail in sink.mails}) == 60


def clock_of(instant):
    return clock.frozen(instant)


def test_one_connection_carries_many_mails(town, sink, write):
    def many():
        _, opening, _ = make.published(capacity=20)
        for _ in range(20):
            make.signed_up(opening)

    write(many)
    before = sink.connections
    sweep.sweep()
    assert len(sink.mails) == 20
    assert sink.connections == before + 1


def test_a_cancelled_activity_is_told_to_everybody_once(signed_up, sink, write, rows):
    _, _, _, coordinator, _ = signed_up
    public_id = rows("SELECT public_id FROM activity")[0].public_id
    sweep.sweep()
    sink.clear()
    write(cancelling.cancel_activity, coordinator, public_id, "La sala non è disponibile")
    sweep.sweep()
    sweep.sweep()
    assert len(sink.mails) == 1
    assert "La sala non è disponibile" in sink.mails[0].text
    assert "METHOD:CANCEL" in sink.mails[0].calendars[0]


def test_an_event_that_cannot_be_told_waits_and_is_parked_but_never_lost(signed_up, rows, monkeypatch, town):
    monkeypatch.setitem(draining._reactions, "SignupConfirmed", (draining._reactions["SignupConfirmed"][0], (fail,)))
    for hours in range(draining.MAX_ATTEMPTS):
        with later(hours=hours * 3):
            draining.drain()
    row = rows("SELECT attempts, parked_at, done_at FROM outbox_event WHERE name = 'SignupConfirmed'")[0]
    assert row.attempts == draining.MAX_ATTEMPTS
    assert row.parked_at is not None and row.done_at is None
    assert draining.count_parked() == 1
    monkeypatch.undo()
    draining.release_parked()
    draining.drain()
    assert rows("SELECT count(*) FROM notification")[0][0] == 1


def fail(_event, _cause):
    raise ValueError("no")


def test_one_bad_event_does_not_hold_up_the_others(signed_up, rows):
    rows(
        "INSERT INTO outbox_event (name, payload, created_at, next_attempt_at, attempts) "
        "VALUES ('SignupConfirmed', '{}', :early, :early, 0)",
        early=NOW - timedelta(days=1),
    )
    draining.drain()
    assert rows("SELECT count(*) FROM notification")[0][0] == 1
    assert rows("SELECT count(*) FROM outbox_event WHERE done_at IS NULL AND attempts = 1")[0][0] == 1
