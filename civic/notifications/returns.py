"""What mail servers send back, read: delivery reports (RFC 3464), complaints (RFC 5965), and reports in nobody's format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from importlib import import_module
from uuid import UUID

from civic.notifications import verp
from civic.notifications.answers import Answer, Verdict, verdict_for
from civic.notifications.types import ReturnKind

_ENVELOPE_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"\b([45]\d\d)\b")
_MESSAGE_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)
_UNKNOWN = {"4": 450, "5": 500}


@dataclass(frozen=True, slots=True)
class Return:
    """A mail that tells of another one: what became of that, the status in figures, and what says which one it was.

    `tags`: deliveries that the address it came to names, each with a signature; `message_ids`: what the returned headers say.
    `event_id`: the same for the same report, however often it comes.
    """

    kind: ReturnKind
    status: str
    event_id: str
    tags: tuple[tuple[int, str], ...]
    message_ids: tuple[UUID, ...]


def read(raw: bytes) -> Return | None:
    """Return what a mail in the mailbox of returns tells, or None where it tells nothing of the kind (an answer, an advert)."""
    mail = message_from_bytes(raw)
    found = _of_report(mail) or _of_any_format(mail)
    if found is None:
        return None
    kind, status = found
    recipients = " ".join(str(value) for name in _ENVELOPE_HEADERS for value in mail.get_all(name, ()))
    message_ids = tuple(dict.fromkeys(UUID(text) for text in _MESSAGE_ID.findall(_returned_headers(mail))))
    event_id = f"{str(mail.get('Message-ID', '')).strip()} {recipients}"
    return Return(kind, status, event_id, tuple(verp.read_tags(recipients)), message_ids)


def _of_report(mail: Message) -> tuple[ReturnKind, str] | None:
    """Read a report in the standard's form; of several recipients the one that fares worst counts."""
    if mail.get_content_type() != "multipart/report":
        return None
    if mail.get_param("report-type") == "feedback-report":
        return ReturnKind.COMPLAINT, ""
    told = [_of_recipient(group) for group in _groups(mail)]
    worst = [ReturnKind.HARD, ReturnKind.SOFT, ReturnKind.DELAYED]
    return min(filter(None, told), key=lambda one: worst.index(one[0]), default=None)


def _groups(mail: Message) -> Iterator[Message]:
    """Yield what is said of each recipient."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from (group for group in part.get_payload() if group.get("Action"))


def _of_recipient(group: Message) -> tuple[ReturnKind, str] | None:
    action = str(group["Action"]).split("(")[0].strip().lower()
    diagnostic = str(group.get("Diagnostic-Code", ""))
    found = _STATUS.search(str(group.get("Status", ""))) or _STATUS.search(diagnostic)
    status = found[0] if found else ""
    if action == "delayed":
        return ReturnKind.DELAYED, status
    if action != "failed":
        return None
    return _kind_of(status, diagnostic), status


def _kind_of(status: str, diagnostic: str) -> ReturnKind:
    """Say whether the address itself is wrong; what is not clear does not end an address."""
    code = _CODE.search(diagnostic.partition(";")[2])
    answer = Answer(int(code[1]) if code else _UNKNOWN.get(status[:1], 450), status)
    return ReturnKind.HARD if verdict_for(answer) is Verdict.SUPPRESS else ReturnKind.SOFT


def _of_any_format(mail: Message) -> tuple[ReturnKind, str] | None:
    """Read what servers wrote before there was a standard, and some write still."""
    if mail.get_content_type() == "multipart/report" or not mail.get("From"):
        return None
    # Rare, and dozens of modules: loaded where such a mail has come.
    temporary, permanent = import_module("flufl.bounce").all_failures(mail)
    if permanent:
        return ReturnKind.SOFT, ""
    return (ReturnKind.DELAYED, "") if temporary else None


def _returned_headers(mail: Message) -> str:
    """Return the headers of the mail that came back, as far as the report holds them."""
    texts = []
    for part in mail.walk():
        if part.get_content_type() == "text/rfc822-headers":
            texts.append(part.get_payload(decode=True).decode("utf-8", "replace"))
        elif part.get_content_type() == "message/rfc822" and part.is_multipart():
            texts.append(str(part.get_payload(0).get("Message-ID", "")))
    return "\n".join(texts)
