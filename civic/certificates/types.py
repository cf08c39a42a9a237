"""Words and values of registers and certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from civic.kernel.i18n import N_


class CertificateKind(StrEnum):
    """What a document says: that somebody took part in enough of it, or how many hours they were there."""

    ATTENDANCE = "attendance"
    HOURS = "hours"

    @property
    def label(self) -> str:
        """The message id people read for this kind."""
        return _LABELS[self]

    @property
    def file_name(self) -> str:
        """How a file of this kind is called."""
        return "attestato" if self is CertificateKind.ATTENDANCE else "dichiarazione-ore"


_LABELS = {CertificateKind.ATTENDANCE: N_("Certificate of attendance"), CertificateKind.HOURS: N_("Statement of hours")}


class CheckState(StrEnum):
    """What the public page answers about a code."""

    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Gap:
    """A meeting at which somebody with a place has no mark yet."""

    occurrence_public_id: str
    starts_at: datetime
    people: int = 1


@dataclass(frozen=True, slots=True)
class Hours:
    """What the marks say of one person in one activity, as of now: minutes attended, and minutes one could attend.

    `signup` is the public id of their latest sign-up there; the days span the meetings since they have had a place.
    Who is `is_confided` came to counselling: no school and nobody at home hears of it.
    """

    person_id: int
    signup: str
    given_name: str
    family_name: str
    minutes: int
    scheduled_minutes: int
    meetings_attended: int
    meetings: int
    first_on: date
    last_on: date
    gaps: tuple[Gap, ...] = ()
    is_confided: bool = False
