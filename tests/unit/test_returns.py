"""What mail servers send back is read: what became of which mail."""

from __future__ import annotations

from email import message_from_bytes
from uuid import UUID

import pytest

from civic.embedded.returning import make_report
from civic.notifications.returns import read
from civic.notifications.types import ReturnKind

SIGNATURE = "a" * 32
TO = f"ritorni+12.{SIGNATURE}@bologna.example"
MAIL = b"Message-ID: <0d9f3c0e-5a44-4f53-9b0e-2f6a1c5d7e11@bologna.example>\r\nSubject: x\r\n\r\nbody\r\n"


def report(status: str, diagnostic: str, action: bytes = b"failed") -> bytes:
    raw = make_report(MAIL, TO, "anna@example.org", status, diagnostic)
    return raw.replace(b"Action: failed", b"Action: " + action)


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind"),
    [
        ("5.1.1", "550 5.1.1 no such user", ReturnKind.HARD),
        ("5.0.0", "550 unknown user", ReturnKind.HARD),
        ("5.1.10", "556 domain takes no mail", ReturnKind.HARD),
        ("5.2.2", "552 5.2.2 mailbox full", ReturnKind.SOFT),
        ("5.7.1", "550 5.7.1 we do not like you", ReturnKind.SOFT),
        ("4.4.7", "421 4.4.7 gave up after five days", ReturnKind.SOFT),
        ("5.0.0", "something went wrong", ReturnKind.SOFT),
        ("", "", ReturnKind.SOFT),
    ],
)
def test_a_report_in_the_standards_form_says_whether_the_address_is_wrong(status, diagnostic, kind):
    found = read(report(status, diagnostic))
    assert (found.kind, found.status) == (kind, status)
    assert found.tags == ((12, SIGNATURE),)
    assert found.message_ids == (UUID("0d9f3c0e-5a44-4f53-9b0e-2f6a1c5d7e11"),)


def test_a_server_that_tries_on_or_delivered_ends_nothing():
    assert read(report("4.2.0", "450 busy", b"delayed")).kind is ReturnKind.DELAYED
    assert read(report("2.0.0", "250 ok", b"delivered")) is None
    assert read(report("5.1.1", "550 5.1.1 no such user", b"failed (permanent)")).kind is ReturnKind.HARD


def test_of_several_recipients_the_one_that_fares_worst_counts():
    raw = report("5.2.2", "552 full")
    group = b"Final-Recipient: rfc822; anna@example.org"
    more = b"Final-Recipient: rfc822; b@example.org\nAction: failed\nStatus: 5.1.1\n\n"
    assert read(raw.replace(group, more + group)).kind is ReturnKind.HARD


def test_a_report_in_an_old_form_rests_the_address_only_after_several():
    raw = (
        f"From: MAILER-DAEMON@example.org\nTo: {TO}\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at example.org.\nI'm afraid I wasn't able to deliver your message to the following"
        " addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<anna@example.org>:\nSorry, no mailbox here by that name.\n\n--- Below this line is a copy of the message.\n\n"
    ).encode()
    assert read(raw).kind is ReturnKind.SOFT


def test_a_complaint_is_known_by_the_mail_it_holds():
    raw = (
        b"From: abuse@mail.example\nTo: ciao@bologna.example\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        b"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\n"
        b"--b\nContent-Type: message/rfc822\n\n" + MAIL.replace(b"\r\n", b"\n") + b"\n--b--\n"
    )
    found = read(raw)
    assert found.kind is ReturnKind.COMPLAINT
    assert found.message_ids == (UUID("0d9f3c0e-5a44-4f53-9b0e-2f6a1c5d7e11"),)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"From: anna@example.org\nTo: ritorni@bologna.example\nAuto-Submitted: auto-replied\nSubject: In ferie\n\nA lunedi.\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: message/x\n",
    ],
)
def test_what_is_no_report_says_nothing(raw):
    assert read(raw) is None


def test_the_same_report_has_the_same_name_and_another_another():
    first = report("5.1.1", "550 5.1.1 no")
    assert read(first).event_id == read(first).event_id != read(report("5.1.1", "550 5.1.1 no")).event_id
    assert message_from_bytes(first)["Message-ID"] in read(first).event_id
