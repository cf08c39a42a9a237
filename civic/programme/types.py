"""What the programme speaks of, as plain values: kinds of place, the catalogue's rows, the overview of the budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from civic.kernel.i18n import N_


class PlaceKind(StrEnum):
    """What sort of place people meet in."""

    NEIGHBOURHOOD_HOUSE = "neighbourhood_house"
    LIBRARY = "library"
    INTERCULTURAL_CENTRE = "intercultural_centre"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The message id people read for this kind."""
        return _PLACE_LABELS[self]


_PLACE_LABELS = {
    PlaceKind.NEIGHBOURHOOD_HOUSE: N_("Neighbourhood house"),
    PlaceKind.LIBRARY: N_("Library"),
    PlaceKind.INTERCULTURAL_CENTRE: N_("Intercultural centre"),
    PlaceKind.OTHER: N_("Another place"),
}


@dataclass(frozen=True, slots=True)
class AxisFacts:
    """An axis of the programme as published."""

    code: str
    name_it: str
    name_en: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """An action as published, with the words by which people also call it."""

    slug: str
    code: str | None
    position: int
    name_it: str
    name_en: str
    aim_it: str
    aim_en: str
    starts_on: date
    ends_on: date
    amount: Decimal
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuartiereFacts:
    """A quartiere with its ISTAT code (level ASC1) and a point inside it."""

    code: str
    slug: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class ZonaFacts:
    """A zona with its ISTAT code (level ASC2, which repeats numbers of ASC1) and the code of its quartiere."""

    code: str
    quartiere_code: str
    name: str


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A real place where people meet; `quartiere` is None where the source does not say."""

    slug: str
    name: str
    kind: PlaceKind
    address: str
    quartiere: str | None
    source: str


@dataclass(frozen=True, slots=True)
class ActionSummary:
    """One action as lists and pages show it."""

    slug: str
    code: str | None
    name_it: str
    name_en: str
    starts_on: date
    ends_on: date
    amount: Decimal

    def name(self, language: str) -> str:
        """Return the name in `language`, Italian where there is no other."""
        return self.name_en if language == "en" else self.name_it


@dataclass(frozen=True, slots=True)
class ProgrammeOverview:
    """The axis, its actions, and how far the sum of the parts is from the amount stated for the whole."""

    code: str
    name_it: str
    name_en: str
    axis_amount: Decimal
    actions: tuple[ActionSummary, ...]
    parts_total: Decimal

    @property
    def difference(self) -> Decimal:
        """The parts minus the whole: 0.57 euro in the published figures."""
        return self.parts_total - self.axis_amount

    @property
    def adds_up(self) -> bool:
        """Whether the published parts make exactly the published whole."""
        return self.difference == 0

    def name(self, language: str) -> str:
        """Return the name of the axis in `language`, Italian where there is no other."""
        return self.name_en if language == "en" else self.name_it
