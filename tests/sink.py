"""A real mail server for tests: keeps what it takes, and answers as it is told."""

from __future__ import annotations

import email
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


@dataclass
class Mail:
    """One message as it arrived."""

    recipient: str
    content: bytes
    sender: str
    parsed: EmailMessage = field(repr=False)

    @property
    def text(self) -> str:
        return self.parsed.get_body(("plain",)).get_content()

    @property
    def html(self) -> str:
        return self.parsed.get_body(("html",)).get_content()

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def calendars(self) -> list[str]:
        return [part.get_content() for part in self.parsed.walk() if part.get_content_type() == "text/calendar"]

    def link(self, path: str) -> str:
        """Return the address in the text that holds `path`."""
        return next(word for word in self.text.split() if path in word)


@dataclass
class Sink:
    """What arrived, and how to answer: `on_recipient` and `on_content` may return an SMTP answer of their own."""

    mails: list[Mail] = field(default_factory=list)
    on_recipient: Callable[[str], str | None] = lambda _address: None
    on_content: Callable[[Envelope], str | None] = lambda _envelope: None
    port: int = 0
    connections: int = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = self.on_recipient(address)
        if answer == "drop":
            server.transport.close()
            return "421 gone"
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = self.on_content(envelope)
        if answer in (None, "drop"):
            parsed = email.message_from_bytes(envelope.content, policy=policy.default)
            self.mails += [Mail(recipient, envelope.content, envelope.mail_from or "", parsed) for recipient in envelope.rcpt_tos]
        if answer == "drop":
            # The worst case: the server has the message, and the answer never arrives.
            server.transport.abort()
        return answer or "250 OK"

    def clear(self) -> None:
        self.mails.clear()

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.recipient == address]


@contextmanager
def listening() -> Iterator[Sink]:
    """A sink on a free port of this machine."""
    sink = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sink.port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop(no_assert=True)
