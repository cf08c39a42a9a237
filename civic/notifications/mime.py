"""From a message to the bytes that travel: headers, text, HTML and calendar entries.

Headers go through `EmailMessage`, which knows how a subject with accents is written. What is the same in many mails is
folded once, and the parts, whose form never changes, are put together here: a season's reminders leave in one go.
"""

from __future__ import annotations

import binascii
import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from uuid import UUID

from civic.notifications import addresses, layouts, settings
from civic.notifications.calendar import CalendarPart
from civic.notifications.itip import as_itip
from civic.notifications.kinds import Message

_ADDRESS = re.compile(r"^[^\s@<>\"(),:;\\\[\]]+@[^\s@<>\"(),:;\\\[\]]+$")
_BREAK = re.compile(r"[\r\n\0]")
_LONGEST_LINE = 990
_CRLF = b"\r\n"


class _Policy(EmailPolicy):
    """policy.SMTP, sure that nobody sets a header twice: looking that up for each header costs more than all the rest."""

    def header_max_count(self, name: str) -> int | None:
        return None


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


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
    if _BREAK.search(value):
        raise HeaderError("a header value holds a line break")


def check_address(address: str) -> None:
    """Raise HeaderError unless this is one address and nothing else, in letters that every mail server takes."""
    check_header(address)
    if not address.isascii() or not _ADDRESS.match(address):
        raise HeaderError("not one mail address")


def message_id(row_id: UUID) -> str:
    """Return the Message-ID of a delivery: the same however often it is handed over."""
    return f"<{row_id}@{settings.current().domain}>"


def build(message: Message, delivery_message_id: UUID, now: datetime) -> bytes:
    """Return the mail as it is handed to the server, in the current language."""
    letter, frame = message.letter(), message.frame()
    mail = _headers(message, delivery_message_id, now)
    parts = [_text("plain", layouts.as_text(letter, frame)), _text("html", layouts.as_html(letter, frame))]
    entries = message.calendar()
    if len(entries) == 1:
        # One entry stands beside the text, so that mail programs offer it; several are attached.
        parts.append(_entry(entries[0], None))
    content_type, body = _multipart("alternative", delivery_message_id, parts)
    if len(entries) > 1:
        attached = [_entry(entry, f"incontro-{number}.ics") for number, entry in enumerate(entries, start=1)]
        whole = _CRLF.join((f"Content-Type: {content_type}".encode(), b"", body))
        content_type, body = _multipart("mixed", delivery_message_id, [whole, *attached])
    mail["Content-Type"] = _Ready("Content-Type", content_type)
    return b"".join(_POLICY.fold_binary(name, value) for name, value in mail.raw_items()) + _CRLF + body


def _headers(message: Message, delivery_message_id: UUID, now: datetime) -> EmailMessage:
    recipient, mail_settings = message.facts.recipient, settings.current()
    check_address(recipient.email)
    subject = message.subject()
    check_header(subject)
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = _Ready("Message-ID", message_id(delivery_message_id))
    mail["Date"] = _Ready("Date", format_datetime(now))
    mail["From"] = _folded("From", mail_settings.sender)
    mail["To"] = _Ready("To", recipient.email)
    mail["Reply-To"] = _Ready("Reply-To", mail_settings.sender_address)
    mail["Subject"] = _folded("Subject", subject)
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


@lru_cache(maxsize=1024)
def _folded(name: str, value: str) -> _Folded:
    check_header(value)
    mail = EmailMessage(policy=_POLICY)
    mail[name] = value
    header = _Folded(value)
    header.name, header.folded = name, _POLICY.fold(name, mail[name])
    return header


def _multipart(subtype: str, row_id: UUID, parts: list[bytes]) -> tuple[str, bytes]:
    """Return type and body of several parts; quoted-printable and base64 never hold "=_", so the boundary is safe."""
    boundary = f"=_{subtype}_{row_id.hex}"
    between = f"--{boundary}".encode()
    lines = [line for part in parts for line in (between, part)]
    return f'multipart/{subtype}; boundary="{boundary}"', _CRLF.join((*lines, between + b"--", b""))


def _text(subtype: str, text: str) -> bytes:
    """Return a part that holds `text`; HTML spells its accents out and goes as it is, if its lines are short enough."""
    content, encoding = text.encode(), "quoted-printable"
    if subtype == "html":
        plain = text.encode("ascii", "xmlcharrefreplace")
        if max(map(len, plain.splitlines()), default=0) <= _LONGEST_LINE:
            content, encoding = plain, "7bit"
    if encoding == "quoted-printable":
        content = binascii.b2a_qp(content, istext=True)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + content.replace(b"\r\n", b"\n").replace(b"\n", _CRLF)


def _entry(entry: CalendarPart, filename: str | None) -> bytes:
    encoded = binascii.b2a_base64(as_itip(entry), newline=False)
    lines = _CRLF.join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    attached = f'Content-Disposition: attachment; filename="{filename}"\r\n' if filename else ""
    return (
        f'Content-Type: text/calendar; charset="utf-8"; method={entry.method}\r\n{attached}'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + lines
