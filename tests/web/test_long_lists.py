"""However much there is, everything can be reached: pages of pages, lists of one organisation, action or initiative."""

from __future__ import annotations

import re

import pytest

from civic.activities.queries import lists
from civic.initiatives.services import InitiativeFields, create_initiative
from civic.kernel.actor import SYSTEM
from civic.kernel.db import transaction
from civic.organisations import queries
from civic.organisations.types import OrganisationState
from civic.programme.queries import list_actions
from civic.programme.services import seed_programme
from tests import factories as make
from tests.web import cast as casting


@pytest.fixture
def many(connection):
    """An organisation with an initiative of thirteen workshops, and one shift of somebody else."""
    with transaction():
        seed_programme(SYSTEM)
        action = list_actions()[1]
        row, coordinator = make.organisation()
        initiative = create_initiative(coordinator, row.id, InitiativeFields("Suoni", "x", action.slug, is_public=True))
        for number in range(13):
            within = {"initiative_id": initiative.id, "action_id": action.id}
            make.published(by=(row, coordinator), title=f"Suono {number:02}.", **within)
        make.published(title="Altrove")
        return {
            "/organizzazioni/": (row.slug, "organizzazione"),
            "/programma/": (action.slug, "azione"),
            "/iniziative/": (initiative.slug, "iniziativa"),
        }


def titles(text: str) -> set[str]:
    return set(re.findall(r"Suono \d\d\.|Altrove", text))


@pytest.mark.parametrize("path", ["/organizzazioni/", "/programma/", "/iniziative/"])
def test_every_activity_of_a_page_is_reached_by_its_pager_and_in_its_calendar(client, many, path):
    slug, name = many[path]
    first = client.get(path + slug).text
    assert len(titles(first)) == 12 and f'href="{path}{slug}?pagina=2"' in first
    second = client.get(f"{path}{slug}?pagina=2").text
    assert len(titles(first) | titles(second)) == 13
    assert f'href="/calendario?{name}={slug}"' in first
    calendar = client.get(f"/calendario?{name}={slug}&mese=2026-12").text
    assert len(titles(calendar)) == 13 and "Altrove" not in calendar
    assert f"mese=2027-01&amp;{name}={slug}" in calendar
    assert "Altrove" in client.get("/calendario?mese=2026-12").text


def test_what_narrows_a_list_is_a_chip_that_takes_it_off_and_stays_while_one_filters(client, many):
    slug, name = many["/organizzazioni/"]
    text = client.get(f"/laboratori?{name}={slug}&eta=14&pagina=1").text
    assert "Altrove" not in text and f'<input type="hidden" name="{name}" value="{slug}">' in text
    assert 'href="/laboratori?eta=14"' in text
    assert "Altrove" in client.get("/laboratori?eta=14").text
    assert "Altrove" in client.get(f"/laboratori?{name}=nessuna").text


def test_a_month_with_too_many_meetings_says_so(client, many, monkeypatch):
    assert "troppi incontri" not in client.get("/calendario?mese=2026-12").text
    monkeypatch.setattr(lists, "MOST_MEETINGS", 5)
    assert "troppi incontri" in client.get("/calendario?mese=2026-12").text


def test_the_administration_finds_an_organisation_among_many(client, connection, monkeypatch):
    monkeypatch.setattr(queries, "PER_PAGE", 2)
    with transaction():
        people = casting.assemble()
        rows = [make.organisation(OrganisationState.PENDING)[0] for _ in range(3)]
    people.visit_as("officer", client)
    first = client.get("/amministrazione/organizzazioni").text
    assert rows[0].name in first and rows[2].name not in first and "pagina=2" in first
    assert rows[2].name in client.get("/amministrazione/organizzazioni?pagina=2").text
    assert rows[2].name in client.get(f"/amministrazione/organizzazioni?q={rows[2].tax_code}").text
