"""What the public pages of organisations show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request, url_for

from civic.kernel.i18n import _
from civic.organisations.queries import PER_PAGE, OrganisationRow
from civic.organisations.types import KIND_LABELS
from civic.programme.queries import list_quartieri
from civic.web.activities.pages import CardList
from civic.web.paging import Pager, build_pager


@dataclass(frozen=True, slots=True)
class OrganisationCard:
    """An organisation in a list."""

    url: str
    name: str
    kind: str
    summary: str
    quartiere_name: str | None
    quartiere_code: str | None


@dataclass(frozen=True, slots=True)
class OrganisationList:
    cards: tuple[OrganisationCard, ...]
    total: int
    text: str
    quartiere: str | None
    filter_count: int
    quartieri: tuple[tuple[str, str], ...]
    clear_url: str
    pager: Pager


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    row: OrganisationRow
    name: str
    kind: str
    website_label: str | None
    activities: CardList
    calendar_url: str


def card_of_organisation(row: OrganisationRow) -> OrganisationCard:
    """Return the card of an organisation."""
    url = url_for("organisations.organisation", slug=row.slug)
    return OrganisationCard(url, row.name, _(KIND_LABELS[row.kind]), row.summary, row.quartiere_name, row.quartiere_code)


def list_page(rows: Sequence[OrganisationRow], total: int, number: int, text: str, quartiere: str | None) -> OrganisationList:
    """Return a page of the list."""
    query = {key: value for key, value in request.args.items() if key != "pagina"}
    return OrganisationList(
        cards=tuple(card_of_organisation(row) for row in rows),
        total=total,
        text=text,
        quartiere=quartiere,
        filter_count=sum(1 for value in (text, quartiere) if value),
        quartieri=tuple((one.slug, one.name) for one in list_quartieri()),
        clear_url=url_for("organisations.index"),
        pager=build_pager(total, number, PER_PAGE, lambda page: url_for("organisations.index", **{**query, "pagina": page})),
    )


def organisation_page(row: OrganisationRow, activities: CardList) -> OrganisationPage:
    """Return the page of one organisation."""
    label = row.website.split("://", 1)[1].rstrip("/") if row.website else None
    calendar_url = url_for("activities.calendar", organizzazione=row.slug)
    return OrganisationPage(row, row.name, _(KIND_LABELS[row.kind]), label, activities, calendar_url)
