"""What one can follow: an organisation, a quartiere, or a kind of activity, each named by one short text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from civic.activities.types import ActivityKind
from civic.kernel.db import session

_NAMES = sa.text("""
SELECT 'organisation:' || g.id AS topic, g.name, g.slug FROM organisation g
 WHERE g.id = ANY(:organisations) AND g.state = 'verified'
UNION ALL SELECT 'quartiere:' || q.id, q.name, q.slug FROM quartiere q WHERE q.id = ANY(:quartieri)
""")


class Subject(StrEnum):
    """What sort of thing is followed."""

    ORGANISATION = "organisation"
    QUARTIERE = "quartiere"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that is followed; `key` is the id of an organisation or quartiere, or the name of a kind."""

    subject: Subject
    key: str

    def __str__(self) -> str:
        return f"{self.subject.value}:{self.key}"


def read_topic(text: str) -> Topic | None:
    """Return the topic that `text` names, or None; whether there is such a thing is not looked up."""
    subject, _colon, key = text.partition(":")
    if subject in (Subject.ORGANISATION, Subject.QUARTIERE):
        is_id = key.isascii() and key.isdigit() and len(key) < 10
        return Topic(Subject(subject), str(int(key))) if is_id else None
    if subject == Subject.KIND and key in set(ActivityKind):
        return Topic(Subject.KIND, key)
    return None


def names_of(topics: Iterable[str]) -> dict[str, Any]:
    """Return name and slug of the organisations and quartieri among `topics` that are there and public, in one statement."""
    read = [topic for topic in map(read_topic, topics) if topic is not None]
    ids = {
        subject: [int(topic.key) for topic in read if topic.subject is subject]
        for subject in (Subject.ORGANISATION, Subject.QUARTIERE)
    }
    if not any(ids.values()):
        return {}
    values = {"organisations": ids[Subject.ORGANISATION], "quartieri": ids[Subject.QUARTIERE]}
    return {row.topic: row for row in session().execute(_NAMES, values)}
