"""The facts that stand in files: read once, checked when read, the same for seeding and for parsing names."""

from __future__ import annotations

import csv
import json
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from civic.kernel.ids import slugify
from civic.programme.names import comparable
from civic.programme.types import (
    ActionFacts,
    AxisFacts,
    PlaceFacts,
    PlaceKind,
    QuartiereFacts,
    ZonaFacts,
)

DATA = Path(__file__).parent / "data"
_PLACE_KINDS = {
    "casa_di_quartiere": PlaceKind.NEIGHBOURHOOD_HOUSE,
    "biblioteca": PlaceKind.LIBRARY,
    "centro_interculturale": PlaceKind.INTERCULTURAL_CENTRE,
}


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def _programme() -> dict[str, Any]:
    return tomllib.loads((DATA / "programme.toml").read_text(encoding="utf-8"))


def axis() -> AxisFacts:
    """Return the axis this site serves."""
    facts = _programme()["axis"]
    return AxisFacts(facts["code"], facts["name_it"], facts["name_en"], Decimal(facts["amount"]))


@cache
def actions() -> tuple[ActionFacts, ...]:
    """Return the actions of the axis in their published order."""
    return tuple(_action(position, facts) for position, facts in enumerate(_programme()["actions"], start=1))


def _action(position: int, facts: dict[str, Any]) -> ActionFacts:
    return ActionFacts(
        slug=facts["slug"],
        code=facts.get("code"),
        position=position,
        name_it=facts["name_it"],
        name_en=facts["name_en"],
        aim_it=facts["aim_it"].strip(),
        aim_en=facts["aim_en"].strip(),
        starts_on=facts["starts_on"],
        ends_on=facts["ends_on"],
        amount=Decimal(facts["amount"]),
        also=tuple(facts["also"]),
    )


@cache
def quartieri() -> tuple[QuartiereFacts, ...]:
    """Return the six quartieri."""
    return tuple(
        QuartiereFacts(
            code=row["codice_asc1_istat"],
            slug=slugify(row["quartiere"]),
            name=row["quartiere"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        for row in _rows("bologna_quartieri.csv")
    )


@cache
def zone() -> tuple[ZonaFacts, ...]:
    """Return the eighteen zone."""
    return tuple(ZonaFacts(row["codice_asc2_istat"], row["codice_asc1_istat"], row["zona"]) for row in _rows("bologna_zone.csv"))


@cache
def places() -> tuple[PlaceFacts, ...]:
    """Return the places whose address a public page gives."""
    return tuple(
        PlaceFacts(
            slug=slugify(row["nome"]),
            name=row["nome"],
            kind=_PLACE_KINDS.get(row["tipo"], PlaceKind.OTHER),
            address=row["indirizzo"],
            quartiere=row["quartiere"] or None,
            source=row["fonte"],
        )
        for row in _rows("luoghi_demo_bologna.csv")
    )


@cache
def quartiere_shapes() -> dict[str, Any]:
    """Return the outlines of the quartieri as GeoJSON (WGS 84): for maps, not a legal boundary."""
    return json.loads((DATA / "bologna_quartieri.geojson").read_text(encoding="utf-8"))


def find_action_slug(text: str) -> str | None:
    """Return the slug of the action that `text` names by code, name, short name or slug; None where none fits."""
    wanted = comparable(text)
    for action in actions():
        spellings = (action.slug, action.code or "", action.name_it, action.name_en, *action.also)
        if wanted and wanted in {comparable(spelling) for spelling in spellings}:
            return action.slug
    return None
