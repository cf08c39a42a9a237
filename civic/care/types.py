"""Words and values of what a family entrusts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Record(StrEnum):
    """What can be entrusted: three records, each with a consent, a window and an end of its own."""

    HEALTH = "health"
    COLLECTION = "collection"
    IMAGES = "images"


class Need(StrEnum):
    """Why a workshop needs to know of health."""

    FOOD = "food"
    MOVEMENT = "movement"
    OUTING = "outing"


class Channel(StrEnum):
    """Where images may be shown."""

    WEBSITE = "website"
    SOCIAL = "social"
    PRESS = "press"


class WayHome(StrEnum):
    """How a child went home: alone, with an adult whom the family named, with somebody else."""

    ALONE = "alone"
    NAMED_ADULT = "named_adult"
    OTHER_ADULT = "other_adult"


@dataclass(frozen=True, slots=True)
class HealthNote:
    """What those who conduct should know, in the family's words."""

    allergies: str = ""
    medication: str = ""
    support: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return not (self.allergies or self.medication or self.support)


@dataclass(frozen=True, slots=True)
class Collector:
    """An adult who may collect a child; `phone` as +39..."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Whether a child may leave alone, and who may collect them."""

    leaves_alone: bool
    adults: tuple[Collector, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """Where images may be shown, and until which day."""

    channels: frozenset[Channel]
    until: date


@dataclass(frozen=True, slots=True)
class Entrusted:
    """The three records of one signup, each None where nothing is written."""

    health: HealthNote | None = None
    collection: Collection | None = None
    images: Release | None = None

    def of(self, record: Record) -> HealthNote | Collection | Release | None:
        """Return one of the three."""
        return getattr(self, record.value)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a sheet marks of one signup. What is not for the reader (`reads` false) is as if nobody had written it.

    `photos` are the channels released; `asks_photos` is false where there is nothing to release. `leaves_alone` is None
    where nobody said; `is_child` where somebody must collect them unless it was said that they may leave alone.
    """

    reads: bool
    asks_photos: bool
    photos: frozenset[Channel]
    has_note: bool
    allergy: bool
    is_child: bool
    leaves_alone: bool | None
    collected_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """The signup that something is entrusted for, and what its actor is to it.

    `answers`: the actor is a guardian of the person, or said yes to this signup and has not taken it back.
    """

    id: int
    public_id: str
    state: str
    person_id: int
    given_name: str
    family_name: str
    birth_on: date | None
    kind: str
    activity_id: int
    title: str
    organisation_name: str
    starts_at: datetime
    ends_at: datetime
    needs: tuple[Need, ...]
    answers: bool
