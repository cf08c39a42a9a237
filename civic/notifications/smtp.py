"""The connection to the mail server: one for each thread that sends, kept open for many messages."""

from __future__ import annotations

import smtplib
import ssl
import threading
import time

from civic.notifications import settings
from civic.notifications.answers import Answer
from config import SmtpServer

TIME_OUT = 60
MOST_MESSAGES = 100
LONGEST_SECONDS = 300
_IDLE_SECONDS = 2


class Refused(Exception):
    """The server said no to this message."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.code}")
        self.answer = answer


class Broken(Exception):
    """The connection broke or could not be made."""


class Messenger:
    """Hands messages over one by one, each in steps, so that the row can be written between them.

    `envelope`, then `recipient_accepted`, then `content`, then `outcome`. The server works while we do not wait: what the
    caller does between two steps costs no time of the connection.
    """

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        self._opened_at = self._used_at = 0.0
        self._sent = 0

    def open(self) -> None:
        """Make sure there is a connection that answers; raises Broken or Refused where there can be none."""
        now = time.monotonic()
        if self._smtp is not None and (self._sent >= MOST_MESSAGES or now - self._opened_at > LONGEST_SECONDS):
            self.close()
        if self._smtp is not None and now - self._used_at > _IDLE_SECONDS and not self._still_answers():
            self.drop()
        if self._smtp is None:
            self._connect()
        self._used_at = time.monotonic()

    def _still_answers(self) -> bool:
        try:
            return self._smtp.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _connect(self) -> None:
        server = self._server
        context = ssl.create_default_context() if server.is_tls or server.is_starttls else None
        try:
            if server.is_tls:
                smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=TIME_OUT, context=context)
            else:
                smtp = smtplib.SMTP(server.host, server.port, timeout=TIME_OUT)
            if server.is_starttls:
                smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password or "")
        except smtplib.SMTPResponseException as error:
            raise Refused(_answer(error.smtp_code, error.smtp_error, is_about_recipient=False)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Broken(type(error).__name__) from error
        self._smtp, self._sent = smtp, 0
        self._opened_at = self._used_at = time.monotonic()

    def envelope(self, sender: str, recipient: str) -> None:
        """Name sender and recipient; the answer about the recipient is read by `recipient_accepted`."""
        try:
            code, text = self._smtp.docmd("MAIL", f"FROM:<{sender}>")
            if code != 250:
                self._after_refusal(code)
                raise Refused(_answer(code, text, is_about_recipient=False))
            self._smtp.putcmd("RCPT", f"TO:<{recipient}>")
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self.drop()
            raise Broken(type(error).__name__) from error

    def recipient_accepted(self) -> None:
        """Raise Refused unless the server takes mail for the recipient."""
        code, text = self._reply()
        if code not in (250, 251):
            self._after_refusal(code)
            raise Refused(_answer(code, text))

    def content(self, message: bytes) -> None:
        """Give the server the whole message; whether it has it is told by `outcome`."""
        self._command("DATA")
        code, text = self._reply()
        if code != 354:
            self._after_refusal(code)
            raise Refused(_answer(code, text))
        body = message.replace(b"\r\n.", b"\r\n..")
        if body.startswith(b"."):
            body = b"." + body
        if not body.endswith(b"\r\n"):
            body += b"\r\n"
        try:
            self._smtp.send(body + b".\r\n")
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Broken(type(error).__name__) from error

    def outcome(self) -> int:
        """Return the code with which the server took the message; raises Refused or Broken otherwise."""
        code, text = self._reply()
        if code != 250:
            self._after_refusal(code)
            raise Refused(_answer(code, text))
        self._sent += 1
        self._used_at = time.monotonic()
        return code

    def forget_message(self) -> None:
        """Leave a message of which only the envelope was named."""
        try:
            self._smtp.getreply()
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.drop()

    def close(self) -> None:
        """End the connection politely."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def drop(self) -> None:
        """Forget a connection that is of no use any more."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _command(self, name: str) -> None:
        try:
            self._smtp.putcmd(name)
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Broken(type(error).__name__) from error

    def _reply(self) -> tuple[int, bytes]:
        try:
            return self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Broken(type(error).__name__) from error

    def _after_refusal(self, code: int) -> None:
        """421 and the like mean that the server hangs up; after another refusal the envelope is cleared."""
        if code in (-1, 421):
            self.drop()
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.drop()


def _answer(code: int, text: bytes | str, *, is_about_recipient: bool = True) -> Answer:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Answer(code if code > 0 else None, words, is_about_recipient)


_of_thread = threading.local()


def messenger() -> Messenger:
    """Return the messenger of this thread; a forked child has none of its parent's."""
    found = getattr(_of_thread, "messenger", None)
    if found is None:
        found = _of_thread.messenger = Messenger(settings.current().smtp)
    return found


def forget_connections() -> None:
    """Let this thread begin anew, without a word to the server: the connection was another process's."""
    _of_thread.__dict__.clear()
