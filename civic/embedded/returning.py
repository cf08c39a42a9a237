"""Addresses whose mail comes back, as from a server far away: what a local site and its tests try returns with."""

import mailbox
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import make_msgid
from pathlib import Path

RETURNING = {
    "inesistente.example": ("5.1.1", "550 5.1.1 No such user here"),
    "piena.example": ("5.2.2", "552 5.2.2 Mailbox full"),
}
"""Domain -> status, and what its server says."""


class Returns:
    """A Maildir to which reports about such mail go."""

    def __init__(self, folder: Path):
        self._folder = mailbox.Maildir(folder, create=True)

    def send_back(self, content: bytes, sender: str, recipients: list[str]) -> None:
        """For each recipient whose domain sends mail back a report is in the Maildir."""
        for recipient in recipients:
            reason = RETURNING.get(recipient.rpartition("@")[2].lower())
            if reason and sender:
                self._folder.add(make_report(content, sender, recipient, *reason))


def make_report(content: bytes, sender: str, recipient: str, status: str, diagnostic: str) -> bytes:
    """A delivery report in the standard's form (RFC 3462, 3464) about the mail `content`."""
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["From"] = "Mail Delivery System <MAILER-DAEMON@mail.example>"
    report["To"] = sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Message-ID"] = make_msgid(domain="mail.example")
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"Your message to <{recipient}> could not be delivered: {diagnostic}\n"))
    report.attach(_status_part(recipient, status, diagnostic))
    headers = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("ascii", "replace")
    report.attach(MIMEText(headers + "\n", "rfc822-headers"))
    return report.as_bytes()


def _status_part(recipient: str, status: str, diagnostic: str) -> Message:
    server, group = EmailMessage(), EmailMessage()
    server["Reporting-MTA"] = "dns; mail.example"
    group["Final-Recipient"] = f"rfc822; {recipient}"
    group["Action"] = "failed"
    group["Status"] = status
    group["Diagnostic-Code"] = f"smtp; {diagnostic}"
    part = Message()
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([server, group])
    return part
