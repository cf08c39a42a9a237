"""Mails are signed where the site has a key, and `mail check` says what the world does not know of it yet."""

from __future__ import annotations

import dataclasses

import dkim
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from civic.cli import upkeep
from civic.jobs import sweep
from civic.notifications import mail_check, settings
from tests import factories as make
from tests.nameserver import nameserver

DKIM_NAME = "uno._domainkey.bologna.example"


@pytest.fixture(scope="module")
def key() -> bytes:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def keyed(town, key, monkeypatch):
    """A site with a key, and with a mailbox for returns on a domain of its own."""
    values = {"dkim_key": key, "dkim_selector": "uno", "bounce_address": "r@ritorni.bologna.example"}
    monkeypatch.setattr(settings, "_current", [dataclasses.replace(settings.current(), **values)])
    return key


def records(key: bytes, **changes: list[str]) -> dict[tuple[str, str], list[str]]:
    found = {
        ("bologna.example", "MX"): ["10 mail.bologna.example."],
        ("ritorni.bologna.example", "MX"): ["10 mail.bologna.example."],
        ("ritorni.bologna.example", "TXT"): ["some-site-verification=1", "v=spf1 include:mail.example -all"],
        (DKIM_NAME, "TXT"): [f"v=DKIM1; k=rsa; p={mail_check.public_key(key)}"],
        ("_dmarc.bologna.example", "TXT"): ["v=DMARC1; p=reject"],
    }
    names = {
        "mx": ("bologna.example", "MX"),
        "spf": ("ritorni.bologna.example", "TXT"),
        "dkim": (DKIM_NAME, "TXT"),
        "dmarc": ("_dmarc.bologna.example", "TXT"),
    }
    return found | {names[name]: value for name, value in changes.items()}


def signed(write, sink):
    write(lambda: make.signed_up(make.published(title="È già lì: caffè & suoni")[1]))
    sweep.sweep()
    return sink.mails[0]


def is_believed(content: bytes, key: bytes) -> bool:
    answer = f"v=DKIM1; k=rsa; p={mail_check.public_key(key)}".encode()
    return dkim.verify(content, dnsfunc=lambda name, timeout=5: answer if name == f"{DKIM_NAME}.".encode() else b"")


def test_what_is_sent_is_signed_for_the_domain_that_people_see(keyed, write, sink):
    mail = signed(write, sink)
    # SMTP takes the last line break off and puts it back: what arrives is what was signed.
    assert is_believed(mail.content, keyed)
    names = mail.parsed["DKIM-Signature"].partition("h=")[2].partition(";")[0]
    covered = {name.strip().lower() for name in "".join(names.split()).split(":")}
    assert {"from", "subject", "list-unsubscribe", "list-unsubscribe-post", "message-id", "content-type"} <= covered
    assert "d=bologna.example" in "".join(mail.parsed["DKIM-Signature"].split())


@pytest.mark.parametrize("part", [b"Subject: ", b"List-Unsubscribe: <", b"http://localhost"])
def test_what_was_changed_on_the_way_is_not_believed(keyed, write, sink, part):
    content = signed(write, sink).content
    assert part in content
    assert not is_believed(content.replace(part, part + b"x", 1), keyed)


def test_without_a_key_nothing_is_signed(write, sink, town):
    assert signed(write, sink).parsed["DKIM-Signature"] is None


def run_check(address: str):
    return CliRunner().invoke(upkeep.mail, ["check", "--nameserver", address])


def test_a_site_that_the_world_believes_passes(keyed, sink):
    with nameserver(records(keyed)) as address:
        result = run_check(address)
    assert result.exit_code == 0, result.output
    assert "MISSING" not in result.output and result.output.count("ok") == 6


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mx": []}, "MX of bologna.example: there is no server"),
        ({"spf": []}, 'add TXT ritorni.bologna.example "v=spf1'),
        ({"spf": ["v=spf1 -all", "v=spf1 +all"]}, "join them into one"),
        ({"spf": ["v=spf1 +all"]}, "lets everybody send"),
        ({"dkim": []}, f'nothing is published there: TXT {DKIM_NAME} "v=DKIM1; k=rsa; p=MII'),
        ({"dkim": ["v=DKIM1; p=MIIBIjANBg"]}, "another key is published there"),
        ({"dmarc": []}, 'add TXT _dmarc.bologna.example "v=DMARC1'),
        ({"dmarc": ["v=DMARC1; rua=mailto:a@b.example"]}, "names no policy"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(keyed, sink, changes, said):
    with nameserver(records(keyed, **changes)) as address:
        result = run_check(address)
    assert result.exit_code == 1
    assert said in result.output and result.output.count("MISSING") == 1


def test_a_site_with_nothing_set_up_is_told_everything(town, monkeypatch, sink):
    server = dataclasses.replace(settings.current().smtp, port=9)
    bare = dataclasses.replace(settings.current(), smtp=server, bounce_address=None, dkim_key=None)
    monkeypatch.setattr(settings, "_current", [bare])
    with nameserver({}) as address:
        result = run_check(address)
    assert result.exit_code == 1 and result.output.count("MISSING") == 6
    assert "SMTP_URL" in result.output and "MAIL_DKIM_KEY" in result.output and "MAIL_BOUNCE_ADDRESS" in result.output


def test_dns_that_does_not_answer_is_said_and_not_taken_for_missing(keyed, sink, monkeypatch):
    monkeypatch.setattr(mail_check, "PATIENCE_SECONDS", 0.3)
    result = run_check("127.0.0.1:9")
    assert result.exit_code == 1 and "DNS does not answer" in result.output and "MISSING" not in result.output
