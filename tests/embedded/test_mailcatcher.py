"""The mail catcher as a person and as a test sees it."""

import json
import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import pytest

from civic.embedded.home import listen_on, port_of
from civic.embedded.mailbox import Mailbox

PROJECT = Path(__file__).resolve().parents[2]


class Catcher:
    def __init__(self, folder: Path):
        self.folder = folder
        self.smtp, self.web = listen_on(0, "SMTP"), listen_on(0, "WEB")
        self.start()

    def start(self) -> None:
        options = ["--folder", str(self.folder), "--smtp-fd", str(self.smtp.fileno()), "--web-fd", str(self.web.fileno())]
        fds = (self.smtp.fileno(), self.web.fileno())
        self.process = subprocess.Popen([sys.executable, "-m", "civic.embedded.mailcatcher", *options], cwd=PROJECT, pass_fds=fds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def send(self, mail: EmailMessage, to: str) -> None:
        with smtplib.SMTP("127.0.0.1", port_of(self.smtp), timeout=30) as client:
            client.send_message(mail, to_addrs=[to])

    def get(self, path: str, **headers: str):
        request = urllib.request.Request(f"http://127.0.0.1:{port_of(self.web)}{path}", headers=headers)
        return urllib.request.urlopen(request, timeout=30)

    def json(self, path: str):
        return json.load(self.get(path))


@pytest.fixture(scope="module")
def catcher(tmp_path_factory):
    catcher = Catcher(tmp_path_factory.mktemp("mail"))
    yield catcher
    catcher.kill()
    catcher.smtp.close()
    catcher.web.close()


def a_mail(subject: str = "Il tuo posto è confermato") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Sito <sito@bologna.example>"
    mail["To"] = "Giulia <giulia@bologna.example>"
    mail["Subject"] = subject
    mail.set_content("Ciao Giulia, ti aspettiamo giovedì.\n")
    mail.add_alternative(
        '<p>Ciao <b>Giulia</b> <a href="http://127.0.0.1/x">apri</a> <script>alert(1)</script></p>', subtype="html"
    )
    mail.add_attachment(
        "BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar", filename="incontro.ics", params={"method": "REQUEST"}
    )
    return mail


def test_a_message_is_listed_and_read_as_json(catcher):
    catcher.send(a_mail(), to="giulia@bologna.example")
    newest = catcher.json("/api/messages?to=GIULIA@bologna.example")[0]
    assert newest["subject"] == "Il tuo posto è confermato"
    assert newest["to"] == ["giulia@bologna.example"]

    mail = catcher.json(f"/api/messages/{newest['id']}")
    assert mail["text"] == "Ciao Giulia, ti aspettiamo giovedì.\n"
    assert "<b>Giulia</b>" in mail["html"]
    assert [(file["filename"], file["method"]) for file in mail["attachments"]] == [("incontro.ics", "REQUEST")]
    assert mail["attachments"][0]["content"].startswith("BEGIN:VCALENDAR")


def test_the_html_of_a_message_runs_nothing(catcher):
    catcher.send(a_mail(), to="a@bologna.example")
    newest = catcher.json("/api/messages")[0]["id"]
    page = catcher.get(f"/messages/{newest}").read().decode()
    assert 'iframe sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "<script>" not in page
    policy = catcher.get(f"/messages/{newest}/html").headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ") and "allow-scripts" not in policy and "default-src 'none'" in policy


def test_a_subject_is_text_and_not_html(catcher):
    catcher.send(a_mail("<img src=x onerror=alert(1)>"), to="a@bologna.example")
    assert "<img" not in catcher.get("/").read().decode()


@pytest.mark.parametrize("path", ["/messages/999999", "/api/messages/999999", "/messages/../secrets", "/nothing"])
def test_what_is_not_there_is_not_found(catcher, path):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        catcher.get(path)


def test_a_page_of_elsewhere_that_points_its_name_here_reads_nothing(catcher):
    with pytest.raises(urllib.error.HTTPError, match="421"):
        catcher.get("/api/messages", Host="evil.example")


def test_messages_outlive_the_catcher_and_numbers_go_on(catcher):
    catcher.send(a_mail("prima"), to="a@bologna.example")
    before = [mail["id"] for mail in catcher.json("/api/messages")]
    catcher.kill()
    catcher.start()
    catcher.send(a_mail("dopo"), to="a@bologna.example")
    after = [mail["id"] for mail in catcher.json("/api/messages")]
    assert after[1:] == before
    assert int(after[0]) == int(before[0]) + 1


def test_a_message_that_makes_no_sense_does_not_hide_the_others(tmp_path):
    mailbox = Mailbox(tmp_path)
    mailbox.add(
        b"Subject: =?utf-8?b?broken\r\nFrom: <<>\r\nContent-Type: text/html; charset=nonsense\r\n\r\n\xff\xfe",
        "",
        ["a@b.example"],
    )
    mailbox.add(b"Subject: bene\r\n\r\nciao", "", ["a@b.example"])
    assert [mail.id for mail in mailbox.list_summaries()] == ["000002", "000001"]
    assert mailbox.find("000001").as_json()["html"] is not None
