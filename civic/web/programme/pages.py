"""What the pages of the programme show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from flask import request, url_for

from civic.activities.queries.by_place import PlaceRow
from civic.initiatives.queries import PER_PAGE, InitiativeRow
from civic.kernel.i18n import _, current_language
from civic.programme.models import Action
from civic.programme.types import PlaceKind, ProgrammeOverview
from civic.web.activities.pages import CardList
from civic.web.paging import Pager, build_pager

# Where the number of each quartiere is written on the map: the middle of its shape in static/img/quartieri.svg.
_MIDDLES = {
    "37006011": (209, 305),
    "37006012": (566, 222),
    "37006013": (403, 544),
    "37006014": (796, 365),
    "37006015": (492, 695),
    "37006016": (718, 630),
}


@dataclass(frozen=True, slots=True)
class ActionItem:
    """An action in a list."""

    url: str
    code: str | None
    name: str
    starts_on: date
    ends_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """The axis; `difference` is what the published parts and the published whole do not agree on."""

    code: str
    name: str
    amount: Decimal
    actions: tuple[ActionItem, ...]
    parts_total: Decimal
    difference: Decimal
    adds_up: bool


@dataclass(frozen=True, slots=True)
class InitiativeItem:
    """An initiative in a list."""

    url: str
    title: str
    summary: str
    organisation_name: str
    action_name: str


@dataclass(frozen=True, slots=True)
class ActionPage:
    slug: str
    code: str | None
    name: str
    aim: tuple[str, ...]
    starts_on: date
    ends_on: date
    amount: Decimal
    initiatives: tuple[InitiativeItem, ...]
    initiative_total: int
    calendar_url: str
    activities: CardList


@dataclass(frozen=True, slots=True)
class InitiativesPage:
    items: tuple[InitiativeItem, ...]
    total: int
    chosen: str | None
    actions: tuple[tuple[str, str], ...]
    clear_url: str
    pager: Pager


@dataclass(frozen=True, slots=True)
class InitiativePage:
    title: str
    summary: tuple[str, ...]
    organisation_name: str
    organisation_url: str
    action_name: str
    action_url: str
    activities: CardList
    calendar_url: str


@dataclass(frozen=True, slots=True)
class PlaceItem:
    """A place with how many activities are to come there."""

    name: str
    address: str
    kind: str
    activities: int


@dataclass(frozen=True, slots=True)
class QuartiereItem:
    """A quartiere on the map and in the list; `x` and `y` say where its number stands."""

    code: str
    anchor: str
    name: str
    url: str
    activities: int
    places: tuple[PlaceItem, ...]
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class PlacesPage:
    quartieri: tuple[QuartiereItem, ...]
    elsewhere: tuple[PlaceItem, ...]


def programme_page(overview: ProgrammeOverview) -> ProgrammePage:
    """Return the page of the axis."""
    language = current_language()
    return ProgrammePage(
        code=overview.code,
        name=overview.name(language),
        amount=overview.axis_amount,
        actions=tuple(
            ActionItem(
                url_for("programme.action", slug=one.slug), one.code, one.name(language), one.starts_on, one.ends_on, one.amount
            )
            for one in overview.actions
        ),
        parts_total=overview.parts_total,
        difference=abs(overview.difference),
        adds_up=overview.adds_up,
    )


def action_page(action: Action, initiatives: tuple[Sequence[InitiativeRow], int], activities: CardList) -> ActionPage:
    """Return the page of one action."""
    language = current_language()
    return ActionPage(
        slug=action.slug,
        code=action.code,
        name=action.name(language),
        aim=action.aim(language),
        starts_on=action.starts_on,
        ends_on=action.ends_on,
        amount=action.amount,
        initiatives=tuple(_initiative_item(row) for row in initiatives[0]),
        initiative_total=initiatives[1],
        calendar_url=url_for("activities.calendar", azione=action.slug),
        activities=activities,
    )


def _initiative_item(row: InitiativeRow) -> InitiativeItem:
    url = url_for("programme.initiative", slug=row.slug)
    return InitiativeItem(url, row.title, row.summary, row.organisation_name, row.action_name)


def initiatives_page(
    rows: Sequence[InitiativeRow], total: int, number: int, chosen: str | None, actions: Sequence[Action]
) -> InitiativesPage:
    """Return a page of the list of initiatives."""
    query = {key: value for key, value in request.args.items() if key != "pagina"}
    return InitiativesPage(
        items=tuple(_initiative_item(row) for row in rows),
        total=total,
        chosen=chosen,
        actions=tuple((action.slug, action.name(current_language())) for action in actions),
        clear_url=url_for("programme.initiatives"),
        pager=build_pager(total, number, PER_PAGE, lambda page: url_for("programme.initiatives", **{**query, "pagina": page})),
    )


def initiative_page(row: InitiativeRow, activities: CardList) -> InitiativePage:
    """Return the page of one initiative."""
    return InitiativePage(
        title=row.title,
        summary=tuple(part for part in row.summary.split("\n\n") if part.strip()),
        organisation_name=row.organisation_name,
        organisation_url=url_for("organisations.organisation", slug=row.organisation_slug),
        action_name=row.action_name,
        action_url=url_for("programme.action", slug=row.action_slug),
        activities=activities,
        calendar_url=url_for("activities.calendar", iniziativa=row.slug),
    )


def places_page(rows: Sequence[PlaceRow]) -> PlacesPage:
    """Return the map: each quartiere with its places, then the places whose quartiere is not known."""
    known = [row for row in rows if row.quartiere_code in _MIDDLES]
    return PlacesPage(
        quartieri=tuple(_quartiere(code, list(group)) for code, group in groupby(known, key=lambda row: row.quartiere_code)),
        elsewhere=tuple(_place(row) for row in rows if row.quartiere_code not in _MIDDLES),
    )


def _quartiere(code: str, rows: Sequence[PlaceRow]) -> QuartiereItem:
    x, y = _MIDDLES[code]
    slug = rows[0].quartiere_slug
    return QuartiereItem(
        code=code,
        anchor=f"quartiere-{slug}",
        name=rows[0].quartiere_name,
        url=url_for("activities.workshops", quartiere=slug),
        activities=sum(row.activities for row in rows),
        places=tuple(_place(row) for row in rows if row.name),
        x=x,
        y=y,
    )


def _place(row: PlaceRow) -> PlaceItem:
    return PlaceItem(row.name, row.address, _(PlaceKind(row.kind).label), row.activities)
