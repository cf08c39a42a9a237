"""The mails of a local site: one .eml file each, read by people and by tests."""

import itertools
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

NUMBER = re.compile(r"\d{6,}")


@dataclass(frozen=True)
class Summary:
    """What the list shows; only the headers have been read."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    date: str

    def as_json(self) -> dict:
        return {"id": self.id, "from": self.sender, "to": list(self.recipients), "subject": self.subject, "date": self.date}


class Mailbox:
    """A folder of messages numbered in the order they came."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._numbers = itertools.count(max((int(path.stem) for path in self._files()), default=0) + 1)
        self._summaries: dict[str, Summary] = {}

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.eml") if NUMBER.fullmatch(path.stem))

    def add(self, content: bytes, sender: str, recipients: list[str]) -> str:
        """The message is on disk, whole, with the envelope in front of its own headers."""
        name = f"{next(self._numbers):06}"
        envelope = f"X-Envelope-From: {sender}\r\n" + "".join(f"X-Envelope-To: {to}\r\n" for to in recipients)
        unfinished = self.folder / f"{name}.part"
        unfinished.write_bytes(envelope.encode() + content)
        unfinished.rename(self.folder / f"{name}.eml")
        return name

    def list_summaries(self, to: str | None = None) -> list[Summary]:
        """Newest first; with `to`, only what was handed over for that address."""
        found = [self._summary(path) for path in reversed(self._files())]
        return [summary for summary in found if to is None or to.lower() in map(str.lower, summary.recipients)]

    def _summary(self, path: Path) -> Summary:
        if path.stem not in self._summaries:
            with path.open("rb") as file:
                headers = BytesHeaderParser(policy=policy.default).parse(file)
            self._summaries[path.stem] = Summary(
                id=path.stem,
                sender=str(headers.get("From", "")),
                recipients=tuple(str(value) for value in headers.get_all("X-Envelope-To", [])),
                subject=str(headers.get("Subject", "")),
                date=str(headers.get("Date", "")),
            )
        return self._summaries[path.stem]

    def find_raw(self, message_id: str) -> bytes | None:
        path = self.folder / f"{message_id}.eml"
        return path.read_bytes() if NUMBER.fullmatch(message_id) and path.exists() else None

    def find(self, message_id: str) -> "Message | None":
        raw = self.find_raw(message_id)
        return None if raw is None else Message(message_id, message_from_bytes(raw, policy=policy.default))

    def clear(self) -> None:
        for path in self._files():
            path.unlink(missing_ok=True)
        self._summaries.clear()


@dataclass(frozen=True)
class Message:
    """One message, opened."""

    id: str
    parsed: EmailMessage

    @property
    def parts(self) -> list[EmailMessage]:
        return [part for part in self.parsed.walk() if not part.is_multipart()]

    def text_of(self, subtype: str) -> str | None:
        """The body as text/`subtype`, if it has one."""
        part = self.parsed.get_body((subtype,))
        return None if part is None else content_of(part).replace("\r\n", "\n")

    @property
    def attachments(self) -> list[dict]:
        bodies = [id(self.parsed.get_body((kind,))) for kind in ("plain", "html")]
        return [
            {
                "part": number,
                "filename": part.get_filename() or "",
                "content_type": part.get_content_type(),
                "method": part.get_param("method"),
                "content": content_of(part) if part.get_content_maintype() == "text" else None,
            }
            for number, part in enumerate(self.parts)
            if id(part) not in bodies
        ]

    def as_json(self) -> dict:
        return {
            "id": self.id,
            "from": str(self.parsed.get("From", "")),
            "to": [str(value) for value in self.parsed.get_all("X-Envelope-To", [])],
            "envelope_from": str(self.parsed.get("X-Envelope-From", "")),
            "subject": str(self.parsed.get("Subject", "")),
            "headers": [[name, str(value)] for name, value in self.parsed.items()],
            "text": self.text_of("plain"),
            "html": self.text_of("html"),
            "attachments": self.attachments,
        }


def content_of(part: EmailMessage) -> str:
    try:
        return part.get_content()
    except (LookupError, UnicodeError):
        return (part.get_payload(decode=True) or b"").decode(errors="replace")
