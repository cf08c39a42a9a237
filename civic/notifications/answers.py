"""What a mail server's answer means for one message: pure decisions."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BACK_OFF = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
JITTER = 0.2
LONGEST_TRYING = timedelta(hours=24)
_ENHANCED = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_BAD_ADDRESS = frozenset({550, 551, 553, 554})
_NOT_LET_IN = frozenset({530, 534, 535, 538})
_OUT_OF_ORDER = 503
_POLICY = 7


class Verdict(StrEnum):
    """What is to be done with the message."""

    RETRY = "retry"
    FAIL = "fail"
    SUPPRESS = "suppress"
    CLOSED = "closed"


class Trouble(StrEnum):
    """What kind of trouble a refusal is, for whoever counts them: one of an address alone concerns nobody else."""

    BUSY = "busy"
    CONNECTION = "connection"
    POLICY = "policy"
    SIGN_IN = "sign-in"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Answer:
    """A code and its words; without a code the connection broke. `is_about_recipient`: said to RCPT or to the content."""

    code: int | None
    text: str = ""
    is_about_recipient: bool = True


def verdict_for(answer: Answer) -> Verdict:
    """Return what a refusal means.

    4yz and a broken connection are tried again. A full mailbox (5.2.2, 552) and commands that came out of order (503: our
    own fault, of this connection alone) are, too. What the server has against us
    (5.7.x, sign-in) is no fault of the address, which is suppressed only where it is the address that is wrong.
    """
    code = answer.code
    if code is None or code < 500 or code == _OUT_OF_ORDER:
        return Verdict.RETRY
    if code in _NOT_LET_IN:
        return Verdict.CLOSED
    enhanced = _ENHANCED.match(answer.text)
    subject, detail = (int(enhanced[2]), int(enhanced[3])) if enhanced else (None, None)
    if (subject, detail) == (2, 2) or (code == 552 and subject is None):
        return Verdict.RETRY
    if subject == _POLICY or not answer.is_about_recipient:
        return Verdict.FAIL
    if subject == 1 or code in _BAD_ADDRESS:
        return Verdict.SUPPRESS
    return Verdict.FAIL


def trouble_of(answer: Answer) -> Trouble:
    """Return the kind of trouble that a refusal is."""
    verdict, code = verdict_for(answer), answer.code
    if code is None:
        return Trouble.CONNECTION
    if verdict is Verdict.CLOSED:
        return Trouble.SIGN_IN
    if code < 500:
        return Trouble.BUSY
    enhanced = _ENHANCED.match(answer.text)
    return Trouble.POLICY if enhanced and int(enhanced[2]) == _POLICY else Trouble.ADDRESS


def next_attempt(attempts: int, now: datetime, created_at: datetime) -> datetime | None:
    """Return when to try again after `attempts` attempts, spread a little; None when a day has passed."""
    if now - created_at >= LONGEST_TRYING and attempts >= len(BACK_OFF):
        return None
    pause = BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]
    return now + pause * random.uniform(1 - JITTER, 1 + JITTER)
