"""Handing due messages to the mail server: claim, look again, render, hand over, record; no transaction is open meanwhile."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from civic.kernel import clock, crypto
from civic.kernel.db import session
from civic.kernel.i18n import use_language
from civic.notifications import answers, breaker, digests, facts, mime, signing, suppressions, verp
from civic.notifications.answers import Answer, Verdict
from civic.notifications.catalogue import MESSAGES
from civic.notifications.claims import Claim, cancel_notification
from civic.notifications.kinds import Message
from civic.notifications.smtp import Broken, Messenger, Refused, messenger
from civic.notifications.types import DeliveryState

log = logging.getLogger(__name__)

BATCH = 50
NO_NEW_ROW_AFTER = 45
LOOK_AGAIN_AFTER = 5
SERVER_AWAY = timedelta(seconds=20)

_OFF = sa.text("SELECT person_id, category FROM preference WHERE mode = 'off' AND person_id = ANY(:people)")


_DUE = sa.text("""
SELECT count(*) FROM (SELECT FROM delivery WHERE state IN ('queued', 'retry') AND next_attempt_at <= :now LIMIT :limit) due
""")


@dataclass(slots=True)
class Report:
    """What became of the rows that were taken."""

    sent: int = 0
    put_off: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class _Ready:
    """A mail that may leave."""

    row: Any
    kind: type[Message]
    content: bytes


def deliver_due(seconds: float = NO_NEW_ROW_AFTER, by: Messenger | None = None) -> Report:
    """Send what is due, most urgent first, until nothing is or `seconds` have passed."""
    report, until = Report(), time.monotonic() + seconds
    while time.monotonic() < until:
        claim = Claim(BATCH)
        if not claim.has_any:
            break
        if not _Batch(claim, by or messenger(), report, until).run():
            break
    return report


def is_much_due() -> bool:
    """Whether more is due than two batches: then another process may well help."""
    return session().scalar(_DUE, {"now": clock.now(), "limit": 2 * BATCH + 1}) > 2 * BATCH


class _Batch:
    """The rows of one claim on their way."""

    def __init__(self, claim: Claim, by: Messenger, report: Report, until: float) -> None:
        self._claim = claim
        self._by = by
        self._report = report
        self._until = until
        self._ready = self._render(list(claim.rows))
        self._sent_id: int | None = None

    def run(self) -> bool:
        """Send the batch; return False where the mail server is away and there is no sense in going on."""
        try:
            return self._run()
        finally:
            self._record_last()
            self._claim.give_back(clock.now())

    def _run(self) -> bool:
        upcoming = next(self._ready, None)
        while upcoming is not None:
            try:
                self._by.open()
            except (Broken, Refused) as error:
                self._server_is_away(error)
                return False
            upcoming = self._send(upcoming)
        return True

    def _send(self, mail: _Ready) -> _Ready | None:
        """Hand one mail over; return the next, which was rendered while the server read this one."""
        upcoming, has_next = None, False
        try:
            self._by.envelope(verp.envelope_sender(mail.row.id, mail.row.email), mail.row.email)
            if not self._hand_over(mail):
                self._by.forget_message()
                return next(self._ready, None)
            self._by.recipient_accepted()
            self._by.content(mail.content)
            upcoming, has_next = next(self._ready, None), True
            self._by.outcome()
            self._sent_id = mail.row.id
            self._report.sent += 1
        except Refused as error:
            self._refused(mail.row, error.answer)
        except Broken as error:
            self._refused(mail.row, Answer(None, str(error)))
        return upcoming if has_next else next(self._ready, None)

    def _hand_over(self, mail: _Ready) -> bool:
        may_leave = self._claim.hand_over(mail.row, mail.kind.category.value, mail.kind.can_switch_off, self._sent_id)
        self._sent_id = None
        return may_leave

    def _record_last(self) -> None:
        if self._sent_id is not None:
            self._claim.end(self._sent_id, DeliveryState.SENT, code=250)
            self._sent_id = None

    def _server_is_away(self, error: Exception) -> None:
        """Nothing is wrong with the messages: they wait a little, and no attempt is counted."""
        if isinstance(error, Refused) and answers.verdict_for(error.answer) is Verdict.CLOSED and self._claim.rows:
            first = self._claim.rows[0]
            breaker.note_trouble(first.id, first.email or "", error.answer, DeliveryState.RETRY)
        log.warning("mail_server_away %s", error)
        self._report.put_off += self._claim.give_back(clock.now() + SERVER_AWAY, str(error))

    def _refused(self, row: Any, answer: Answer) -> None:
        """Write what the server's refusal means for the row."""
        verdict = answers.verdict_for(answer)
        told = f"{answer.code or 'connection'} {verdict.value}"
        if verdict in (Verdict.RETRY, Verdict.CLOSED):
            breaker.note_trouble(row.id, row.email, answer, self._try_again(row, answer.code, told))
            return
        if verdict is Verdict.SUPPRESS:
            suppressions.suppress(row.email, suppressions.Reason.NO_SUCH_ADDRESS)
        if not answer.is_about_recipient or verdict is Verdict.FAIL:
            log.error("mail_refused code=%s delivery=%s", answer.code, row.id)
        self._claim.end(row.id, DeliveryState.FAILED, code=answer.code, error=told)
        self._report.ended += 1
        breaker.note_trouble(row.id, row.email, answer, DeliveryState.FAILED)

    def _try_again(self, row: Any, code: int | None, told: str) -> DeliveryState:
        """Put the row off, or end it where there is no time left; return which."""
        at = answers.next_attempt(row.attempts, clock.now(), row.created_at)
        if at is None:
            state = DeliveryState.FAILED
        elif row.expires_at is not None and at >= row.expires_at:
            state = DeliveryState.EXPIRED
        else:
            state = DeliveryState.RETRY
        is_put_off = state is DeliveryState.RETRY
        self._claim.end(row.id, state, next_attempt_at=at if is_put_off else None, code=code, error=told)
        self._report.put_off += is_put_off
        self._report.ended += not is_put_off
        return state

    def _render(self, rows: list[Any]) -> Iterator[_Ready]:
        """Yield what may leave, made from facts that are at most some seconds old, and end the rest."""
        looked_at = 0.0
        known = off = suppressed = None
        for number, row in enumerate(rows):
            if time.monotonic() >= self._until:
                return
            if known is None or time.monotonic() - looked_at > LOOK_AGAIN_AFTER:
                looked_at = time.monotonic()
                known, off, suppressed = _look(rows[number:])
            try:
                state = self._why_not(row, off, suppressed)
                message = None if state else self._message(row, known)
                if message is None:
                    self._claim.end(row.id, state or DeliveryState.CANCELLED)
                    self._report.ended += 1
                    continue
                yield _Ready(row, type(message), _build(message, row))
            except mime.HeaderError:
                self._claim.end(row.id, DeliveryState.FAILED, error="not an address")
                self._report.ended += 1
            except (KeyError, AttributeError, TypeError, ValueError, LookupError) as error:
                log.exception("mail_not_rendered delivery=%s kind=%s", row.id, row.kind)
                self._try_again(row, None, type(error).__name__)

    def _why_not(self, row: Any, off: set, suppressed: dict[bytes, bool]) -> DeliveryState | None:
        """Return the state of a row that must not leave, or None."""
        kind = MESSAGES[row.kind]
        if row.expires_at is not None and row.expires_at <= clock.now():
            return DeliveryState.EXPIRED
        if row.cancelled_at is not None or row.erased_at is not None:
            return DeliveryState.CANCELLED
        if row.email is None:
            return DeliveryState.FAILED
        may_be_tried = suppressed.get(crypto.keyed_hash(row.email))
        if may_be_tried is not None and not (may_be_tried and kind.tries_rested):
            return DeliveryState.SUPPRESSED
        if kind.can_switch_off and (row.recipient_id, kind.category.value) in off:
            return DeliveryState.CANCELLED
        return None

    def _message(self, row: Any, known: dict[int, facts.Facts]) -> Message | None:
        """Return the message if what it says is still so; what is not is taken back."""
        message = MESSAGES[row.kind](known[row.notification_id])
        if message.is_theirs and message.is_due():
            return message
        cancel_notification(row.notification_id)
        return None


def _look(rows: list[Any]) -> tuple[dict[int, facts.Facts], set, dict[bytes, bool]]:
    """Read what the messages are made of, what was switched off, and which addresses must not be written to."""
    off = session().execute(_OFF, {"people": sorted({row.recipient_id for row in rows})})
    switched_off = {(row.person_id, row.category) for row in off}
    suppressed = suppressions.among(row.email for row in rows if row.email)
    return digests.fold(rows, facts.load(rows)), switched_off, suppressed


def _build(message: Message, row: Any) -> bytes:
    with use_language(row.language):
        return signing.sign(mime.build(message, row.message_id, clock.now()))
