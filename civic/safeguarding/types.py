"""Words and values of safeguarding. Nothing here says what a certificate holds: an outcome and dates are all we keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Outcome(StrEnum):
    """What was read in the certificate: nothing against it, or something."""

    CLEAR = "clear"
    NOT_CLEAR = "not_clear"


class Standing(StrEnum):
    """Whether somebody may conduct young people on a day."""

    VALID = "valid"
    MISSING = "missing"
    EXPIRED = "expired"
    NOT_CLEAR = "not_clear"


@dataclass(frozen=True, slots=True)
class Adult:
    """Somebody of the organisation, and the last declaration about them; without one there is neither outcome nor day.

    `is_shut_out` where the administration has closed their account.
    """

    name: str
    outcome: Outcome | None = None
    valid_until: date | None = None
    is_shut_out: bool = False


@dataclass(frozen=True, slots=True)
class Conducted:
    """What the rules need to know of a workshop for minors: the places for young people, its first day, who conducts it."""

    places: int
    first_day: date | None
    adults: tuple[Adult, ...]
