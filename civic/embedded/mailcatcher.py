"""A mail server that delivers nothing: it keeps every message and shows it on a page of this machine."""

import argparse
import asyncio
import json
import re
import signal
import socket
import threading
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP

from civic.embedded.mailbox import Mailbox, Message
from civic.embedded.returning import Returns

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
# A message may show pictures of the site on this machine, and its links open in a new window; nothing else.
MESSAGE_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:*"
)
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#17324d;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem;border-bottom:1px solid #d9dadb;vertical-align:top}
pre{white-space:pre-wrap;background:#f5f5f5;padding:1rem}iframe{width:100%;height:48rem;border:1px solid #d9dadb}
@media(prefers-color-scheme:dark){body{color:#e6ecf2;background:#17202a}pre{background:#22303d}a{color:#8ec5ff}iframe{background:#fff}}
"""


class Catcher:
    """What aiosmtpd calls when a message has come."""

    def __init__(self, mailbox: Mailbox, returns: Returns | None):
        self.mailbox = mailbox
        self.returns = returns

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mailbox.add(envelope.original_content, envelope.mail_from or "", envelope.rcpt_tos)
        if self.returns:
            self.returns.send_back(envelope.original_content, envelope.mail_from or "", envelope.rcpt_tos)
        return "250 kept"


class Pages(BaseHTTPRequestHandler):
    """The list, a message, its parts, and the same as JSON."""

    mailbox: Mailbox
    protocol_version = "HTTP/1.1"
    server_version = "mail"
    sys_version = ""

    def do_GET(self) -> None:
        if not self.is_asked_by_name():
            return
        parts = urlsplit(self.path)
        for pattern, show in self.ROUTES:
            if found := re.fullmatch(pattern, parts.path):
                show(self, *found.groups(), **{name: values[0] for name, values in parse_qs(parts.query).items()})
                return
        self.answer("Not found", status=HTTPStatus.NOT_FOUND)

    def do_DELETE(self) -> None:
        if self.is_asked_by_name() and self.path == "/api/messages":
            self.mailbox.clear()
            self.answer("{}", "application/json")

    def is_asked_by_name(self) -> bool:
        """Refuses a page of elsewhere that has made its own name point here."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host in ("127.0.0.1", "localhost"):
            return True
        self.answer("Ask for 127.0.0.1", status=HTTPStatus.MISDIRECTED_REQUEST)
        return False

    def show_list(self, to: str | None = None, **_ignored) -> None:
        rows = "".join(
            f'<tr><td><a href="/messages/{mail.id}">{escape(mail.subject) or "(no subject)"}</a></td>'
            f"<td>{escape(', '.join(mail.recipients))}</td><td>{escape(mail.date)}</td></tr>"
            for mail in self.mailbox.list_summaries(to)
        )
        table = f"<table><tr><th>Subject<th>To<th>Date</tr>{rows}</table>" if rows else "<p>No mail has come yet.</p>"
        self.answer_page("Mail of this site", table)

    def show_message(self, message_id: str, **_ignored) -> None:
        if mail := self.find(message_id):
            self.answer_page(str(mail.parsed.get("Subject", "(no subject)")), _message_page(mail))

    def show_html(self, message_id: str, **_ignored) -> None:
        if mail := self.find(message_id):
            pictures = {_bare_id(part): number for number, part in enumerate(mail.parts) if part.get("Content-ID")}
            shown = re.sub(
                r"cid:([^\"'\s>)]+)",
                lambda found: f"/messages/{mail.id}/parts/{pictures.get(found[1], '')}",
                mail.text_of("html") or "",
            )
            self.answer('<base target="_blank">' + shown, "text/html; charset=utf-8", policy=MESSAGE_POLICY)

    def show_part(self, message_id: str, number: str, **_ignored) -> None:
        if mail := self.find(message_id):
            if int(number) >= len(mail.parts):
                self.answer("Not found", status=HTTPStatus.NOT_FOUND)
                return
            part = mail.parts[int(number)]
            self.answer(part.get_payload(decode=True) or b"", part.get_content_type(), policy=MESSAGE_POLICY)

    def show_source(self, message_id: str, **_ignored) -> None:
        if self.find(message_id):
            self.answer(self.mailbox.find_raw(message_id), "text/plain; charset=utf-8")

    def show_list_json(self, to: str | None = None, **_ignored) -> None:
        self.answer(json.dumps([mail.as_json() for mail in self.mailbox.list_summaries(to)]), "application/json")

    def show_message_json(self, message_id: str, **_ignored) -> None:
        if mail := self.find(message_id):
            self.answer(json.dumps(mail.as_json()), "application/json")

    ROUTES = (
        (r"/", show_list),
        (r"/messages/(\d+)", show_message),
        (r"/messages/(\d+)/html", show_html),
        (r"/messages/(\d+)/parts/(\d+)", show_part),
        (r"/messages/(\d+)\.eml", show_source),
        (r"/api/messages", show_list_json),
        (r"/api/messages/(\d+)", show_message_json),
    )

    def find(self, message_id: str) -> Message | None:
        mail = self.mailbox.find(message_id)
        if mail is None:
            self.answer("Not found", status=HTTPStatus.NOT_FOUND)
        return mail

    def answer_page(self, title: str, body: str) -> None:
        page = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
        )
        self.answer(page, "text/html; charset=utf-8")

    def answer(
        self, body: str | bytes, kind: str = "text/plain; charset=utf-8", status: int = HTTPStatus.OK, policy: str = PAGE_POLICY
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, *_ignored) -> None:
        """Silence: the log is for errors."""


def _bare_id(part) -> str:
    return part["Content-ID"].strip().strip("<>")


def _message_page(mail: Message) -> str:
    shown = ("From", "To", "Date", "Reply-To", "List-Unsubscribe", "Message-ID", "In-Reply-To")
    headers = "".join(f"<tr><th>{name}<td>{escape(str(mail.parsed[name]))}" for name in shown if mail.parsed[name])
    files = "".join(
        f'<li><a href="/messages/{mail.id}/parts/{file["part"]}">{escape(file["filename"] or file["content_type"])}</a>'
        for file in mail.attachments
    )
    html = mail.text_of("html") is not None
    frame = f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/messages/{mail.id}/html" title="HTML"></iframe>'
    return (
        f'<p><a href="/">All mail</a> · <a href="/messages/{mail.id}.eml">source</a></p><table>{headers}</table>'
        + (f"<h2>Attachments</h2><ul>{files}</ul>" if files else "")
        + (f"<h2>HTML</h2>{frame}" if html else "")
        + f"<h2>Text</h2><pre>{escape(mail.text_of('plain') or '(none)')}</pre>"
    )


async def serve(mailbox: Mailbox, returns: Returns | None, smtp: socket.socket, web: socket.socket) -> None:
    """Both servers answer until the process is told to end."""
    pages = ThreadingHTTPServer(("127.0.0.1", 0), type("BoundPages", (Pages,), {"mailbox": mailbox}), bind_and_activate=False)
    pages.socket.close()
    pages.socket = web
    pages.daemon_threads = True
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    catcher = Catcher(mailbox, returns)
    await loop.create_server(
        lambda: SMTP(catcher, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=32 * 1024 * 1024), sock=smtp
    )
    await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--returns", type=Path, help="a Maildir for reports about mail that comes back")
    parser.add_argument("--smtp-fd", type=int, required=True, help="a listening socket, handed down by the starter")
    parser.add_argument("--web-fd", type=int, required=True)
    options = parser.parse_args()
    sockets = (socket.socket(fileno=fd) for fd in (options.smtp_fd, options.web_fd))
    returns = Returns(options.returns) if options.returns else None
    asyncio.run(serve(Mailbox(options.folder), returns, *sockets))


if __name__ == "__main__":
    main()
