"""What may be asked, written, read and until when: decided from plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from civic.accounts.rules import age_on, is_minor_on
from civic.accounts.types import ACCOUNT_AGE
from civic.activities.types import GUARDED, ActivityKind, SignupState
from civic.care.types import Channel, Collection, HealthNote, Record, Release, Subject
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

READ_BEFORE = timedelta(hours=48)
READ_AFTER = timedelta(hours=24)
"""Who conducts reads of health and of going home from so long before the first meeting to so long after the last."""

KEPT = {Record.HEALTH: timedelta(days=7), Record.COLLECTION: timedelta(days=30), Record.IMAGES: timedelta(days=365)}
"""How long each record stays after the last meeting."""

MOST_COLLECTORS = 4
LONGEST_NOTE = 500


def is_child_on(birth_on: date | None, day: date) -> bool:
    """Whether somebody must say how the person goes home: below 14 on the day."""
    return birth_on is not None and age_on(birth_on, day) < ACCOUNT_AGE


def asks_images(kind: str, birth_on: date | None, day: date) -> bool:
    """Whether there is a release to give: of everybody in a workshop or course, and of minors wherever they take part."""
    return ActivityKind(kind) in GUARDED or is_minor_on(birth_on, day)


def list_asked(subject: Subject, first_day: date) -> tuple[Record, ...]:
    """Return which records can be written for the signup, in the order in which they are asked."""
    asked = []
    if subject.needs:
        asked.append(Record.HEALTH)
    if is_child_on(subject.birth_on, first_day):
        asked.append(Record.COLLECTION)
    if asks_images(subject.kind, subject.birth_on, first_day):
        asked.append(Record.IMAGES)
    return tuple(asked)


def check_can_be_written(subject: Subject, record: Record, asked: Sequence[Record], now: datetime) -> None:
    """Raise RuleBroken unless the record is asked of a signup that has its place, and the last meeting is to come."""
    if record not in asked:
        raise RuleBroken(N_("This is not asked here."))
    if subject.state != SignupState.CONFIRMED:
        raise RuleBroken(N_("You can write this once the place is confirmed."))
    if now >= subject.ends_at:
        raise RuleBroken(N_("The activity is over: there is nothing left to write."))


def check_health(note: HealthNote) -> None:
    """Raise RuleBroken unless something is written, and short enough to be read at the door."""
    if note.is_empty:
        raise RuleBroken(N_("Write at least one of the three, or leave everything as it is."), field="allergies")
    for name in ("allergies", "medication", "support"):
        if len(getattr(note, name)) > LONGEST_NOTE:
            raise RuleBroken(N_("At most 500 characters."), field=name)


def check_collection(collection: Collection) -> None:
    """Raise RuleBroken unless the child may leave alone or there is somebody to collect them: four at most."""
    if not collection.leaves_alone and not collection.adults:
        raise RuleBroken(N_("Write at least one adult, or say that they may leave alone."), field="name_1")
    if len(collection.adults) > MOST_COLLECTORS:
        raise RuleBroken(N_("At most four adults."), field="name_1")


def check_release(channels: frozenset[Channel]) -> None:
    """Raise RuleBroken where nothing is chosen: who wants no image shown has nothing to write."""
    if not channels:
        raise RuleBroken(N_("Choose where, or leave everything as it is: without your yes no image is shown."), field="channels")


def kept_until(record: Record, ends_at: datetime) -> datetime:
    """Return when the record is due to be deleted."""
    return ends_at + KEPT[record]


def counting(release: Release | None, is_by_other: bool, is_minor: bool, today: date) -> frozenset[Channel]:
    """Return the channels that count today: at 18 what others gave is off until it is given anew."""
    if release is None or release.until < today or (is_by_other and not is_minor):
        return frozenset()
    return release.channels
