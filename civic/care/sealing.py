"""From what was written to what the database keeps, and back: each field sealed on its own."""

from __future__ import annotations

import json
from datetime import date

from civic.care.types import Channel, Collection, Collector, HealthNote, Release
from civic.kernel import crypto


def seal(text: str) -> bytes | None:
    """Return the text as a column keeps it, None for no text."""
    return crypto.encrypt(text) if text else None


def read(sealed: bytes | None) -> str:
    """Return the text that a column keeps."""
    return crypto.decrypt(bytes(sealed)) if sealed is not None else ""


def sealed_health(note: HealthNote) -> dict[str, bytes | None]:
    """Return the columns of a health note."""
    return {name: seal(getattr(note, name)) for name in ("allergies", "medication", "support")}


def read_health(allergies: bytes | None, medication: bytes | None, support: bytes | None) -> HealthNote | None:
    """Return the note that the columns hold, None where they hold nothing."""
    note = HealthNote(read(allergies), read(medication), read(support))
    return None if note.is_empty else note


def sealed_collection(collection: Collection) -> dict[str, bytes]:
    """Return the columns of a collection."""
    adults = json.dumps([[one.name, one.phone] for one in collection.adults])
    return {"leaves_alone": crypto.encrypt("yes" if collection.leaves_alone else "no"), "adults": crypto.encrypt(adults)}


def read_collection(leaves_alone: bytes | None, adults: bytes | None) -> Collection | None:
    """Return the collection that the columns hold, None where they hold nothing."""
    if leaves_alone is None:
        return None
    return Collection(read(leaves_alone) == "yes", tuple(Collector(*one) for one in json.loads(read(adults))))


def sealed_release(release: Release) -> dict[str, bytes | date]:
    """Return the columns of a release."""
    return {"channels": crypto.encrypt(" ".join(sorted(release.channels))), "until": release.until}


def read_release(channels: bytes | None, until: date | None) -> Release | None:
    """Return the release that the columns hold, None where they hold nothing."""
    return None if channels is None else Release(frozenset(Channel(one) for one in read(channels).split()), until)
