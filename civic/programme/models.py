"""Tables of the programme: axis, action, quartiere, zona, place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base, enum_column
from civic.kernel.ids import new_public_id
from civic.programme.types import PlaceKind


class Axis(Base):
    """A line of the programme with the amount published for it as a whole."""

    __tablename__ = "axis"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_it: Mapped[str]
    name_en: Mapped[str]
    amount: Mapped[Decimal]


class Action(Base):
    """One of the actions of an axis, with its own published amount and dates."""

    __tablename__ = "action"
    __table_args__ = (
        sa.CheckConstraint("starts_on <= ends_on", name="dates_in_order"),
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    axis_id: Mapped[int] = mapped_column(sa.ForeignKey("axis.id"), index=True)
    position: Mapped[int]
    name_it: Mapped[str]
    name_en: Mapped[str]
    aim_it: Mapped[str]
    aim_en: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    amount: Mapped[Decimal]

    def name(self, language: str) -> str:
        """Return the name in `language`, Italian where there is no other."""
        return self.name_en if language == "en" else self.name_it

    def aim(self, language: str) -> tuple[str, ...]:
        """Return the paragraphs that say what the action is for, in `language`."""
        text = self.aim_en if language == "en" else self.aim_it
        return tuple(paragraph.strip() for paragraph in text.split("\n\n"))


class Quartiere(Base):
    """One of the six quartieri of Bologna; `code` is the ISTAT code at level ASC1."""

    __tablename__ = "quartiere"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    lat: Mapped[float] = mapped_column(sa.Double())
    lon: Mapped[float] = mapped_column(sa.Double())


class Zona(Base):
    """One of the eighteen zone; `code` is the ISTAT code at level ASC2, whose numbers overlap those of ASC1."""

    __tablename__ = "zona"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    quartiere_id: Mapped[int] = mapped_column(sa.ForeignKey("quartiere.id"), index=True)
    name: Mapped[str] = mapped_column(unique=True)


class Place(Base):
    """Where people meet. `source` is the page that gives the address, empty for a place an organisation added."""

    __tablename__ = "place"
    __table_args__ = (sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="point_whole"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[PlaceKind] = mapped_column(enum_column(PlaceKind, "kind"))
    address: Mapped[str]
    quartiere_id: Mapped[int | None] = mapped_column(sa.ForeignKey("quartiere.id"), index=True)
    lat: Mapped[float | None] = mapped_column(sa.Double())
    lon: Mapped[float | None] = mapped_column(sa.Double())
    source: Mapped[str]
