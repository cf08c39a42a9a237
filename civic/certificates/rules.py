"""What hours are, and which document they make."""

from __future__ import annotations

from civic.certificates.types import CertificateKind, Gap
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

QUARTER = 15
DEFAULT_THRESHOLD = 75
"""So many of a hundred scheduled minutes make a certificate of attendance, where the desk says nothing else."""


def rounded(minutes: int) -> int:
    """Return the minutes that a document shows: the sum, rounded once, down to the quarter of an hour."""
    return minutes // QUARTER * QUARTER


def is_enough(minutes: int, scheduled_minutes: int, threshold: int) -> bool:
    """Whether the minutes reach the threshold; the exact ones are compared, not those that are shown."""
    return scheduled_minutes > 0 and minutes * 100 >= threshold * scheduled_minutes


def kind_for(minutes: int, scheduled_minutes: int, threshold: int) -> CertificateKind | None:
    """Return which document the hours make; nobody gets one about less than a quarter of an hour."""
    if rounded(minutes) == 0:
        return None
    return CertificateKind.ATTENDANCE if is_enough(minutes, scheduled_minutes, threshold) else CertificateKind.HOURS


def initials_of(given_name: str, family_name: str) -> str:
    """Return the initials that the public page shows: `A. B.`."""
    return " ".join(f"{word[0].upper()}." for name in (given_name, family_name) for word in name.split()[:1])


def check_threshold(percent: int) -> None:
    """Refuse a share that is none."""
    if not 1 <= percent <= 100:
        raise RuleBroken(N_("Write a share between 1 and 100."), field="threshold")


def check_is_open(is_closed: bool) -> None:
    """Refuse to change what was closed."""
    if is_closed:
        raise RuleBroken(N_("The register is closed already."))


def check_can_close(took_place: int, to_come: int, gaps: tuple[Gap, ...]) -> None:
    """Refuse to close before the last meeting is over, or while a mark is missing."""
    if not took_place:
        raise RuleBroken(N_("No meeting has taken place yet."))
    if to_come:
        raise RuleBroken(N_("There are meetings to come: the register is closed after the last one."))
    if gaps:
        raise RuleBroken(N_("Some marks are missing: everybody with a place needs one for every meeting that took place."))
