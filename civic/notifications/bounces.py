"""Mail that came back: the delivery is noted as not arrived, and an address that does not work is not written to again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.kernel import clock, crypto
from civic.kernel.db import writing
from civic.notifications import suppressions, verp
from civic.notifications.models import Bounce
from civic.notifications.returns import Return, read
from civic.notifications.suppressions import Reason
from civic.notifications.types import DeliveryState, Phase, ReturnKind

MOST_SOFT = 5
"""So many mails in a row may come back for the moment; with the next one the address is given a rest."""
PROVEN_AFTER = timedelta(days=3)
"""A mail that did not come back for so long has arrived."""

_FIND = sa.text("""
SELECT d.id, d.state, d.phase, d.message_id, n.recipient_id, coalesce(c.email, p.email) AS email
  FROM delivery d JOIN notification n ON n.id = d.notification_id
  JOIN person p ON p.id = n.recipient_id LEFT JOIN account c ON c.person_id = p.id
 WHERE d.id = ANY(:ids) OR d.message_id = ANY(:message_ids)
 ORDER BY d.id FOR UPDATE OF d
""")
_BOUNCED = sa.text("""
UPDATE delivery SET state = 'bounced', final_at = :now, last_error = :error WHERE id = :id AND state = 'sent'
""")
_SOFT_IN_A_ROW = sa.text("""
SELECT count(*) FROM bounce b JOIN delivery d ON d.id = b.delivery_id
 WHERE b.address_hash = :address_hash AND b.kind = 'soft' AND d.sent_at > coalesce((
       SELECT max(arrived.sent_at) FROM delivery arrived JOIN notification n ON n.id = arrived.notification_id
        WHERE n.recipient_id = :recipient_id AND arrived.state = 'sent' AND arrived.sent_at < :proven), '-infinity')
""")


class Outcome(StrEnum):
    """What became of a mail in the mailbox of returns."""

    NOTED = "noted"
    KNOWN = "known"
    WAITS = "waits"
    STRANGE = "strange"


def receive(raw: bytes) -> Outcome:
    """Note what the mail says of one of ours. STRANGE: it says nothing, or of nothing that is surely ours; nothing has changed.

    KNOWN: it came before, or says only that a server tries on. WAITS: its mail is not yet noted as sent; try again in a moment.
    """
    report = read(raw)
    row = _find(report) if report else None
    if row is None:
        return Outcome.STRANGE
    if report.kind is ReturnKind.DELAYED:
        return Outcome.KNOWN
    if row.state == DeliveryState.SENDING and row.phase == Phase.HANDING_OVER:
        return Outcome.WAITS
    if not _note(report, row):
        return Outcome.KNOWN
    writing().execute(_BOUNCED, {"id": row.id, "now": clock.now(), "error": f"{report.kind.value} {report.status}".strip()})
    _judge(report.kind, row)
    return Outcome.NOTED


def _find(report: Return) -> Any | None:
    """Return the delivery that the report is about, if it is surely ours and its address still the recipient's."""
    signatures = dict(report.tags)
    values = {"ids": list(signatures), "message_ids": list(report.message_ids)}
    return next(_genuine(writing().execute(_FIND, values), report, signatures), None)


def _genuine(rows: Any, report: Return, signatures: dict[int, str]) -> Iterator[Any]:
    for row in rows:
        # A complaint comes without the tag; what names the mail itself, 122 bits at random, only a reader of it can know.
        is_named = report.kind is ReturnKind.COMPLAINT and row.message_id in report.message_ids
        if row.email and (is_named or verp.is_genuine(row.id, signatures.get(row.id, ""), row.email)):
            yield row


def _note(report: Return, row: Any) -> bool:
    """Write the report down; return False where it was there."""
    event = f"{report.event_id} {row.id} {report.kind.value}"
    statement = insert(Bounce).values(
        event_id=hashlib.sha256(event.encode()).digest(),
        delivery_id=row.id,
        address_hash=crypto.keyed_hash(row.email),
        kind=report.kind,
        status=report.status,
        received_at=clock.now(),
    )
    return writing().scalar(statement.on_conflict_do_nothing().returning(Bounce.id)) is not None


def _judge(kind: ReturnKind, row: Any) -> None:
    """Stop writing to an address that is wrong, whose owner complains, or that has been full for too long."""
    if kind is ReturnKind.HARD:
        suppressions.suppress(row.email, Reason.NO_SUCH_ADDRESS)
    elif kind is ReturnKind.COMPLAINT:
        suppressions.suppress(row.email, Reason.COMPLAINT)
    elif _soft_in_a_row(row) > MOST_SOFT:
        suppressions.suppress(row.email, Reason.OFTEN_RETURNED)


def _soft_in_a_row(row: Any) -> int:
    values = {
        "address_hash": crypto.keyed_hash(row.email),
        "recipient_id": row.recipient_id,
        "proven": clock.now() - PROVEN_AFTER,
    }
    return writing().scalar(_SOFT_IN_A_ROW, values)
