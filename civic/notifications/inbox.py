"""The messages of a person on the site: the same rows as the mails, in words made from how things stand now."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.activities.queries.guardians import WHO_ANSWERS
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.notifications import facts
from civic.notifications.catalogue import INBOX_KINDS, MESSAGES
from civic.notifications.letters import Letter
from civic.notifications.routing import ages
from civic.notifications.types import Category

log = logging.getLogger(__name__)

PER_PAGE = 20
_TO_MEMBERS = [kind for kind, message in MESSAGES.items() if message.category is Category.ORGANISATION]


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as the page shows it."""

    at: datetime
    is_read: bool
    subject: str
    letter: Letter


# What is told of a signup stays with who comes and with who answers for them: as long as they do, and a minor is who comes.
_MINE = sa.text(f"""
SELECT n.id AS notification_id, n.kind, n.subject_type, n.subject_id, n.payload, n.not_before, n.created_at, n.read_at,
       n.recipient_id, p.public_id AS person_public_id, p.given_name, p.language, coalesce(c.email, p.email) AS email,
       true AS has_account, count(*) OVER () AS total
  FROM notification n
  JOIN person p ON p.id = n.recipient_id
  LEFT JOIN account c ON c.person_id = p.id
 WHERE n.recipient_id = :person_id AND n.kind = ANY(:kinds) AND n.cancelled_at IS NULL AND n.not_before <= :now
   AND (n.subject_type <> 'signup' OR n.kind = ANY(:to_members) OR EXISTS (
       SELECT FROM signup s JOIN person w ON w.id = s.person_id
        WHERE s.id = n.subject_id AND (w.id = n.recipient_id
              OR (w.birth_on > :adult_born_on AND n.recipient_id IN ({WHO_ANSWERS})))))
   AND (n.subject_type <> 'person' OR n.subject_id = n.recipient_id OR EXISTS (
       SELECT FROM guardianship g
        WHERE g.ward_id = n.subject_id AND g.guardian_id = n.recipient_id AND g.ended_at IS NULL))
 ORDER BY n.created_at DESC, n.id DESC LIMIT :limit OFFSET :offset
""")
_TAKE_BACK = sa.text("""
UPDATE notification SET cancelled_at = :now
 WHERE recipient_id = :recipient_id AND cancelled_at IS NULL AND subject_type = 'signup' AND kind <> ALL(:to_members)
   AND subject_id IN (SELECT id FROM signup WHERE person_id = :person_id)
""")
_READ = sa.text("""
UPDATE notification SET read_at = :now
 WHERE recipient_id = :person_id AND read_at IS NULL AND greatest(not_before, created_at) <= :until
""")


def list_messages(actor: Actor, language: str, page: int) -> tuple[tuple[Entry, ...], int]:
    """Return the messages of one page, newest first, in `language`, and how many there are in all."""
    values = {
        "person_id": actor.person_id,
        "kinds": list(INBOX_KINDS),
        "to_members": _TO_MEMBERS,
        "adult_born_on": ages()["adult_born_on"],
        "now": clock.now(),
        "limit": PER_PAGE,
        "offset": (page - 1) * PER_PAGE,
    }
    rows = session().execute(_MINE, values).all()
    known = facts.load(rows, language=language)
    entries = (_entry(row, known[row.notification_id]) for row in rows)
    return tuple(entry for entry in entries if entry is not None), rows[0].total if rows else 0


def mark_read(actor: Actor, until: datetime) -> int:
    """Note that the actor has seen the messages written up to `until`; return how many were new."""
    values = {"person_id": actor.person_id, "now": clock.now(), "until": until}
    return writing().execute(_READ, values).rowcount


def take_back(recipient_id: int, person_id: int) -> int:
    """Take back what was, or is still to be, told to the recipient about the signups of the person; return how much."""
    values = {"recipient_id": recipient_id, "person_id": person_id, "to_members": _TO_MEMBERS, "now": clock.now()}
    return writing().execute(_TAKE_BACK, values).rowcount


def _entry(row, known: facts.Facts) -> Entry | None:
    """Return the message in words, or None where what it was about is no longer there, or no longer theirs to know."""
    message = MESSAGES[row.kind](known)
    try:
        if not message.is_theirs:
            return None
        return Entry(row.not_before, row.read_at is not None, message.subject(), message.letter())
    except (AttributeError, KeyError, TypeError):
        log.info("message_without_subject kind=%s notification=%s", row.kind, row.notification_id)
        return None
