"""Mail that comes back: noted once, believed only where we signed for it, and the address is left alone or is not."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from click.testing import CliRunner

from civic.accounts.services import registering
from civic.activities.services import answering, signing_up
from civic.activities.services.signing_up import Entry
from civic.cli import upkeep
from civic.embedded.returning import Returns, make_report
from civic.jobs import nightly, sweep
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.ids import new_public_id
from civic.notifications import bounce_mailbox, bounces, delivery, settings, suppressions
from civic.notifications.bounces import MOST_SOFT, Outcome
from civic.notifications.suppressions import Reason
from tests import factories as make
from tests.factories import NOW

HARD = ("5.1.1", "550 5.1.1 no such user")
FULL = ("5.2.2", "552 5.2.2 mailbox full")


@pytest.fixture
def sent(write, sink):
    """Somebody who has been told of a place, and the mail that told it."""

    def sign_up():
        _, opening, _ = make.published(capacity=40)
        return make.signed_up(opening)

    person, actor, public_id = write(sign_up)
    sweep.sweep()
    (mail,) = sink.mails
    return person, actor, public_id, mail


@pytest.fixture
def mailbox(town, tmp_path, monkeypatch):
    """The Maildir that this site reads, and how a server puts something into it."""
    folder = tmp_path / "returns"
    monkeypatch.setattr(settings, "_current", [dataclasses.replace(settings.current(), bounce_folder=folder)])
    return folder


def returned(mail, status: str = HARD[0], diagnostic: str = HARD[1], to: str | None = None) -> bytes:
    return make_report(mail.content, to or mail.sender, mail.recipient, status, diagnostic)


def receive(raw: bytes) -> Outcome:
    with transaction():
        return bounces.receive(raw)


def state(rows) -> str:
    return rows("SELECT state FROM delivery ORDER BY id LIMIT 1")[0].state


def test_each_mail_names_an_address_of_its_own_for_what_comes_back(sent, rows):
    number = rows("SELECT id FROM delivery")[0].id
    mail = sent[-1]
    local, domain = mail.sender.split("@")
    assert local.startswith(f"ritorni+{number}.") and domain == "bologna.example" and len(local) <= 64
    assert mail.parsed["From"] == "Bologna Insieme <ciao@bologna.example>"


def test_without_a_mailbox_for_it_the_sender_is_the_site(write, sink, monkeypatch, town):
    monkeypatch.setattr(settings, "_current", [dataclasses.replace(settings.current(), bounce_address=None)])
    write(lambda: make.signed_up(make.published()[1]))
    sweep.sweep()
    assert sink.mails[0].sender == "ciao@bologna.example"


def test_a_mail_to_nobody_is_noted_once_and_ends_the_address(sent, rows, sink):
    person, mail = sent[0], sent[-1]
    raw = returned(mail)
    assert receive(raw) is Outcome.NOTED and state(rows) == "bounced"
    assert receive(raw) is Outcome.KNOWN
    assert rows("SELECT count(*) FROM bounce")[0][0] == 1
    assert suppressions.among([person.email])
    stopped = rows("SELECT mail_stopped_until FROM account WHERE email = :email", email=person.email)
    assert stopped[0][0] == NOW + timedelta(days=90)


def test_nothing_more_is_sent_until_the_address_has_rested(sent, rows, sink, write):
    person, actor, public_id, mail = sent
    receive(returned(mail))
    write(answering.cancel_signup, actor, public_id)
    sweep.sweep()
    assert len(sink.mails) == 1
    assert [row.state for row in rows("SELECT state FROM delivery ORDER BY id")] == ["bounced", "suppressed"]
    with clock.frozen(NOW + timedelta(days=91)):
        assert not suppressions.among([person.email])


@pytest.mark.parametrize("change", ["number", "signature", "address"])
def test_a_report_that_we_did_not_sign_for_changes_nothing(sent, rows, change):
    person, mail = sent[0], sent[-1]
    local, domain = mail.sender.split("@")
    number, signature = local.removeprefix("ritorni+").split(".")
    if change == "address":
        rows("UPDATE account SET email = 'nuovo@example.org' WHERE person_id = :id", id=person.id)
    number = "999" if change == "number" else number
    signature = "a" * 32 if change == "signature" else signature
    assert receive(returned(mail, to=f"ritorni+{number}.{signature}@{domain}")) is Outcome.STRANGE
    assert state(rows) == "sent"
    assert not suppressions.among([mail.recipient, "nuovo@example.org"])


def test_a_full_mailbox_is_noted_and_written_to_again(sent, rows):
    mail = sent[-1]
    assert receive(returned(mail, *FULL)) is Outcome.NOTED
    assert state(rows) == "bounced"
    assert not suppressions.among([mail.recipient])


@pytest.mark.parametrize("arrives", [False, True])
def test_a_mailbox_that_is_full_again_and_again_is_given_a_rest(write, sink, rows, arrives):
    """Six times in a row; a mail among them that did not come back for three days begins the count anew."""

    def person_and_openings():
        person = make.account()
        return person, [make.published()[1] for _ in range(MOST_SOFT + 2)]

    person, openings = write(person_and_openings)
    for number, opening in enumerate(openings):
        with clock.frozen(NOW + timedelta(hours=number)):
            write(signing_up.sign_up, make.actor_of(person), Entry(opening.public_id, person.id, new_public_id()))
            sweep.sweep()
    *returning, kept = sink.mails
    assert len(returning) == MOST_SOFT + 1
    if arrives:
        returning, kept = [*returning[:3], *returning[4:], kept], returning[3]
    with clock.frozen(NOW + timedelta(days=4 if arrives else 2)):
        for number, mail in enumerate(returning):
            assert not suppressions.among([person.email]), number
            receive(returned(mail, *FULL))
        assert bool(suppressions.among([person.email])) is not arrives
    with clock.frozen(NOW + timedelta(days=4 + 15)):
        assert not suppressions.among([person.email])


def test_a_server_that_tries_on_is_no_news(sent, rows):
    raw = returned(sent[-1]).replace(b"Action: failed", b"Action: delayed")
    assert receive(raw) is Outcome.KNOWN
    assert state(rows) == "sent"


def test_who_complains_is_left_alone_until_they_ask(sent, rows):
    person, mail = sent[0], sent[-1]
    raw = (
        b'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\nTo: abuse@bologna.example\n\n'
        b"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--b\nContent-Type: message/rfc822\n\n"
        + mail.content.replace(b"\r\n", b"\n")
        + b"\n--b--\n"
    )
    assert receive(raw) is Outcome.NOTED
    with clock.frozen(NOW + timedelta(days=3000)):
        assert suppressions.among([person.email])
    suppressions.suppress(person.email, suppressions.Reason.OFTEN_RETURNED)
    with clock.frozen(NOW + timedelta(days=3000)):
        assert suppressions.among([person.email])
        assert suppressions.lift(person.email)
        assert not suppressions.among([person.email])


def test_a_report_that_is_faster_than_our_note_waits_for_it(write, sink, rows, mailbox):
    """The server has the mail and sends it back before the row says that it was sent."""
    write(lambda: make.signed_up(make.published()[1]))
    sweep.sweep()
    number = rows("SELECT id FROM delivery")[0].id
    rows("ALTER TABLE delivery DISABLE TRIGGER delivery_moves")
    rows("UPDATE delivery SET state = 'sending', phase = 'handing_over' WHERE id = :id", id=number)
    rows("ALTER TABLE delivery ENABLE TRIGGER delivery_moves")
    (mail,) = sink.mails
    assert receive(returned(mail)) is Outcome.WAITS
    Returns(mailbox)._folder.add(returned(mail))
    assert bounce_mailbox.take_returns() == 0
    rows("UPDATE delivery SET state = 'sent', phase = NULL WHERE id = :id", id=number)
    assert bounce_mailbox.take_returns() == 1


def test_the_sweep_empties_the_mailbox_and_puts_aside_what_says_nothing(sent, rows, mailbox):
    mail = sent[-1]
    returns = Returns(mailbox)
    returns.send_back(mail.content, mail.sender, ["chi@example.org"])
    returns._folder.add(returned(mail))
    returns._folder.add(b"Subject: In ferie\n\nTorno luned\xc3\xac.\n")
    assert sweep.sweep()["returned"] == 1
    assert state(rows) == "bounced"
    assert not list((mailbox / "new").iterdir())
    (aside,) = (mailbox / "cur").iterdir()
    assert b"In ferie" in aside.read_bytes()
    nightly.clean_up()
    assert aside.exists()
    with clock.frozen(clock.now() + timedelta(days=5000)):
        nightly.clean_up()
    assert not aside.exists()


def test_a_site_without_the_mailbox_sweeps_all_the_same(town):
    assert sweep.sweep()["returned"] == 0
    assert bounce_mailbox.delete_strange() == 0


def test_a_refusal_at_the_door_tells_the_owner_on_the_site(write, sink, rows):
    sink.on_recipient = lambda _address: "550 5.1.1 no such mailbox"
    write(lambda: make.signed_up(make.published()[1]))
    sweep.sweep()
    assert rows("SELECT count(*) FROM account WHERE mail_stopped_until > :now", now=NOW)[0][0] == 1


def test_what_has_rested_is_forgotten_and_reports_go_with_their_mail(sent, rows):
    receive(returned(sent[-1]))
    with clock.frozen(NOW + timedelta(days=89)):
        nightly.clean_up()
        assert rows("SELECT count(*) FROM suppression")[0][0] == rows("SELECT count(*) FROM bounce")[0][0] == 1
    with clock.frozen(NOW + timedelta(days=91)):
        nightly.clean_up()
        assert rows("SELECT count(*) FROM suppression")[0][0] == rows("SELECT count(*) FROM bounce")[0][0] == 0


def test_a_server_can_pipe_what_comes_back(sent, rows):
    result = CliRunner().invoke(upkeep.bounce, input=returned(sent[-1]))
    assert (result.exit_code, result.output) == (0, "noted\n")
    assert state(rows) == "bounced"
    assert delivery.deliver_due().sent == 0


@pytest.mark.parametrize(
    ("reason", "tried"), [(Reason.NO_SUCH_ADDRESS, True), (Reason.OFTEN_RETURNED, True), (Reason.COMPLAINT, False)]
)
def test_who_has_forgotten_the_password_is_written_to_once_the_rest_is_a_day_old(sent, sink, rows, write, reason, tried):
    person = sent[0]
    write(suppressions.suppress, person.email, reason)
    sink.clear()
    with clock.frozen(NOW + timedelta(hours=23)):
        write(resetting_link, person)
        sweep.sweep()
    assert sink.mails == []
    with clock.frozen(NOW + timedelta(hours=25)):
        write(resetting_link, person)
        write(answering.cancel_signup, sent[1], sent[2])
        sweep.sweep()
        assert [mail.subject for mail in sink.mails] == ["Scegli una nuova password"] * tried
        for mail in list(sink.mails):
            receive(returned(mail))
            write(resetting_link, person)
            sweep.sweep()
        assert len(sink.mails) == tried


def resetting_link(person) -> None:
    registering.ask_password_reset(person.email)
