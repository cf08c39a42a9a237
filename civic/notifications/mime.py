"""From a message to the bytes that travel: headers, text, HTML and calendar entries."""

from __future__ import annotations

import binascii
import re
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from uuid import UUID

from civic.notifications import addresses, letters, settings
from civic.notifications.kinds import Message

_ADDRESS = re.compile(r"^[^\s@<>\"(),:;\\\[\]]+@[^\s@<>\"(),:;\\\[\]]+$")
_LONGEST_LINE = 990
_POLICY = policy.SMTP.clone(cte_type="7bit")


class HeaderError(ValueError):
    """A value that must not stand in a header: it holds a line break, or is no address."""


class _Ready(str):
    """A header value that needs neither reading nor folding: short, plain, and already checked."""

    __slots__ = ("name",)

    def __new__(cls, name: str, value: str) -> _Ready:
        check_header(value)
        if not value.isascii() or len(name) + len(value) > _LONGEST_LINE:
            raise HeaderError(f"{name} must be short and plain")
        made = super().__new__(cls, value)
        made.name = name
        return made

    def fold(self, *, policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def check_header(value: str) -> None:
    """Raise HeaderError where a value could begin another header."""
    if any(char in value for char in "\r\n\0"):
        raise HeaderError("a header value holds a line break")


def check_address(address: str) -> None:
    """Raise HeaderError unless this is one address and nothing else."""
    check_header(address)
    if not _ADDRESS.match(address):
        raise HeaderError("not one mail address")


def message_id(row_id: UUID) -> str:
    """Return the Message-ID of a delivery: the same however often it is handed over."""
    return f"<{row_id}@{settings.current().domain}>"


def build(message: Message, delivery_message_id: UUID, now: datetime) -> bytes:
    """Return the mail as it is handed to the server, in the current language."""
    letter, frame = message.letter(), message.frame()
    mail = _headers(message, delivery_message_id, now)
    alternative = _multipart("alternative", delivery_message_id)
    alternative.attach(_text("plain", letters.as_text(letter, frame)))
    alternative.attach(_text("html", letters.as_html(letter, frame)))
    entries = message.calendar()
    if len(entries) == 1:
        # One entry stands beside the text, so that mail programs offer it; several are attached.
        alternative.attach(_entry(entries[0].method, entries[0].content, None))
    if len(entries) <= 1:
        _take(mail, alternative)
        return mail.as_bytes()
    mixed = _multipart("mixed", delivery_message_id)
    mixed.attach(alternative)
    for number, entry in enumerate(entries, start=1):
        mixed.attach(_entry(entry.method, entry.content, f"incontro-{number}.ics"))
    _take(mail, mixed)
    return mail.as_bytes()


def _headers(message: Message, delivery_message_id: UUID, now: datetime) -> EmailMessage:
    recipient, mail_settings = message.facts.recipient, settings.current()
    check_address(recipient.email)
    subject = message.subject()
    check_header(subject)
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = _Ready("Message-ID", message_id(delivery_message_id))
    mail["Date"] = _Ready("Date", format_datetime(now))
    mail["From"] = _sender(mail_settings.sender)
    mail["To"] = _Ready("To", recipient.email) if recipient.email.isascii() else recipient.email
    mail["Reply-To"] = _Ready("Reply-To", mail_settings.sender_address)
    mail["Subject"] = subject
    mail["Auto-Submitted"] = _Ready("Auto-Submitted", "auto-generated")
    mail["X-Auto-Response-Suppress"] = _Ready("X-Auto-Response-Suppress", "All")
    mail["Content-Language"] = _Ready("Content-Language", recipient.language)
    mail["List-Id"] = _Ready("List-Id", f"<{message.category.value}.{mail_settings.domain}>")
    if message.can_switch_off:
        url = addresses.unsubscribe(recipient, message.category)
        mail["List-Unsubscribe"] = _Ready("List-Unsubscribe", f"<{url}>")
        mail["List-Unsubscribe-Post"] = _Ready("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    thread = message.thread()
    if thread:
        mail["In-Reply-To"] = _Ready("In-Reply-To", f"<{thread}>")
        mail["References"] = _Ready("References", f"<{thread}>")
    mail["MIME-Version"] = _Ready("MIME-Version", "1.0")
    return mail


class _Folded(str):
    """A header that was read and folded once, because it is the same in every mail."""

    __slots__ = ("folded", "name")

    def fold(self, *, policy) -> str:
        return self.folded


@cache
def _sender(sender: str) -> _Folded:
    check_header(sender)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    header = _Folded(sender)
    header.name, header.folded = "From", _POLICY.fold("From", mail["From"])
    return header


def _multipart(subtype: str, row_id: UUID) -> EmailMessage:
    part = EmailMessage(policy=_POLICY)
    # The boundary is known beforehand: base64 and quoted-printable never hold "=_".
    part["Content-Type"] = _Ready("Content-Type", f'multipart/{subtype}; boundary="=_{subtype}_{row_id.hex}"')
    return part


def _text(subtype: str, text: str) -> EmailMessage:
    part = EmailMessage(policy=_POLICY)
    part["Content-Type"] = _Ready("Content-Type", f'text/{subtype}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = _Ready("Content-Transfer-Encoding", "quoted-printable")
    part.set_payload(binascii.b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


def _entry(method: str, content: bytes, filename: str | None) -> EmailMessage:
    part = EmailMessage(policy=_POLICY)
    part["Content-Type"] = _Ready("Content-Type", f'text/calendar; charset="utf-8"; method={method}')
    part["Content-Transfer-Encoding"] = _Ready("Content-Transfer-Encoding", "base64")
    if filename:
        part["Content-Disposition"] = _Ready("Content-Disposition", f'attachment; filename="{filename}"')
    encoded = binascii.b2a_base64(content, newline=False).decode("ascii")
    part.set_payload("\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76)) + "\n")
    return part


def _take(mail: EmailMessage, body: EmailMessage) -> None:
    """Make `body` the body of `mail`."""
    mail["Content-Type"] = _Ready("Content-Type", str(body["Content-Type"]))
    mail.set_payload(body.get_payload())


