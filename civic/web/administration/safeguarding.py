"""The safeguarding officer's page: who conducts minors where, and how it stands with each certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask import request, url_for

from civic.activities.queries.conducting import PER_PAGE, ConductedActivity, FacilitatorRow, list_organisations_with_minors
from civic.kernel import clock
from civic.kernel.i18n import _
from civic.safeguarding.queries import TurnedRow, list_turned
from civic.web.administration.views import blueprint, show
from civic.web.paging import Pager, build_pager, page_number
from civic.web.signing_in import current_actor
from civic.web.words import certificate_words


@dataclass(frozen=True, slots=True)
class AdultItem:
    """Somebody who conducts minors; `is_own` where they declared their own certificate."""

    name: str
    certificate: str
    tone: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class LackingWorkshop:
    """A public workshop and what it lacks."""

    title: str
    starts_at: datetime
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrganisationGroup:
    """An organisation with workshops for minors to come."""

    name: str
    workshops: int
    starts_at: datetime
    people: tuple[AdultItem, ...]
    lacking: tuple[LackingWorkshop, ...]


@dataclass(frozen=True, slots=True)
class SafeguardingPage:
    """One page of organisations, and what was declared that asks for a look."""

    turned: tuple[TurnedRow, ...]
    groups: tuple[OrganisationGroup, ...]
    text: str
    clear_url: str
    pager: Pager


@blueprint.get("/tutela")
def safeguarding():
    """List the organisations that minors will come to, and who conducts them."""
    text, number = request.args.get("q", "").strip()[:80], page_number(request.args.get("pagina"))
    found, total = list_organisations_with_minors(current_actor(), text, number)
    today = clock.today()
    groups = tuple(_group(tuple(some), today) for _id, some in groupby(found, key=lambda one: one.organisation_id))

    def url(page: int) -> str:
        return url_for("administration.safeguarding", q=text or None, pagina=page)

    clear_url = url_for("administration.safeguarding")
    turned = list_turned(current_actor())
    page = SafeguardingPage(turned, groups, text, clear_url, build_pager(total, number, PER_PAGE, url))
    return show("administration/safeguarding.html", page=page)


def _group(workshops: tuple[ConductedActivity, ...], today: date) -> OrganisationGroup:
    people: dict[str, FacilitatorRow] = {who.person: who for one in workshops for who in one.facilitators}
    lacking = tuple(
        LackingWorkshop(one.title, one.starts_at, tuple(_(said.message, **said.values) for said in one.missing(today)))
        for one in workshops
        if one.missing(today)
    )
    first = workshops[0]
    items = tuple(AdultItem(one.adult.name, *certificate_words(one.adult, today), one.is_own) for one in people.values())
    return OrganisationGroup(first.organisation_name, len(workshops), first.starts_at, items, lacking)
