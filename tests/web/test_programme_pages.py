"""The public pages of organisations, programme, initiatives and places."""

from __future__ import annotations

from dataclasses import replace

import pytest

from civic.initiatives import services as initiatives
from civic.initiatives.services import InitiativeFields
from civic.kernel.actor import SYSTEM
from civic.kernel.db import transaction
from civic.organisations.types import OrganisationState
from civic.programme.queries import list_actions
from civic.programme.services import seed_programme
from tests import factories as make


@pytest.fixture
def programme(connection):
    with transaction():
        seed_programme(SYSTEM)
        return [action.slug for action in list_actions()]


def test_the_programme_shows_that_the_parts_do_not_make_the_whole(client, programme):
    text = client.get("/programma").text.replace("\xa0", " ")
    for amount in ("9.830.384,00 €", "9.830.384,57 €", "0,57 €"):
        assert amount in text


def test_an_action_shows_what_hangs_on_it(client, programme):
    with transaction():
        owner, coordinator = make.organisation()
        fields = InitiativeFields("Radio di quartiere", "Una radio.", programme[1], is_public=True)
        initiatives.create_initiative(coordinator, owner.id, fields)
        action_id = next(action.id for action in list_actions() if action.slug == programme[1])
        make.published(title="Prima puntata", action_id=action_id)
    text = client.get(f"/programma/{programme[1]}").text
    assert "Radio di quartiere" in text and "Prima puntata" in text
    assert "Prima puntata" not in client.get(f"/programma/{programme[0]}").text
    assert client.get("/programma/non-esiste").status_code == 404


def test_an_initiative_is_public_when_it_is_published_and_its_organisation_verified(client, programme):
    with transaction():
        owner, coordinator = make.organisation()
        draft = initiatives.create_initiative(coordinator, owner.id, InitiativeFields("Bozza", "x", programme[0]))
        shown = initiatives.create_initiative(
            coordinator, owner.id, InitiativeFields("Orti insieme", "x", programme[0], is_public=True)
        )
    text = client.get("/iniziative").text
    assert "Orti insieme" in text and "Bozza" not in text
    assert client.get(f"/iniziative/{shown.slug}").status_code == 200
    assert client.get(f"/iniziative/{draft.slug}").status_code == 404
    assert "Orti insieme" not in client.get(f"/iniziative?azione={programme[1]}").text


def test_the_page_of_an_activity_names_its_initiative_as_soon_and_as_long_as_it_is_public(client, programme):
    with transaction():
        owner, coordinator = make.organisation()
        draft = InitiativeFields("Orti insieme", "x", programme[0])
        initiative = initiatives.create_initiative(coordinator, owner.id, draft)
        activity, _, _ = make.published(by=(owner, coordinator), initiative_id=initiative.id)
    page, link = f"/attivita/{activity.slug}", f'href="/iniziative/{initiative.slug}">Orti insieme'
    assert "Orti insieme" not in client.get(page).text
    with transaction():
        initiatives.update_initiative(coordinator, initiative.public_id, replace(draft, is_public=True))
    assert link in client.get(page).text and "Part of the initiative" in client.get("/en" + page).text
    with transaction():
        renamed = replace(draft, title="Orti e frutteti", is_public=True)
        initiatives.update_initiative(coordinator, initiative.public_id, renamed)
    assert "Orti e frutteti" in client.get(page).text


def test_the_map_tells_how_much_goes_on_where(client, programme):
    text = client.get("/mappa").text
    assert text.count("<use href=") >= 6
    assert "Navile" in text


def test_only_verified_organisations_are_in_the_list_and_have_a_page(client, programme):
    with transaction():
        verified, _ = make.organisation()
        waiting, _ = make.organisation(OrganisationState.PENDING)
    text = client.get("/organizzazioni").text
    assert verified.name in text and waiting.name not in text
    assert client.get(f"/organizzazioni/{verified.slug}").status_code == 200
    assert client.get(f"/organizzazioni/{waiting.slug}").status_code == 404


def test_the_list_of_organisations_is_searched_and_narrowed(client, programme):
    with transaction():
        first, _ = make.organisation()
        second, _ = make.organisation()
    found = client.get(f"/organizzazioni?q={first.name.split()[1]}").text
    assert first.slug in found and second.slug not in found
    assert "Togli i filtri" in client.get("/organizzazioni?quartiere=navile&q=100%25").text


def test_the_page_of_an_organisation_shows_what_it_offers(client):
    with transaction():
        owner, coordinator = make.organisation()
        make.published(title="Laboratorio di serigrafia", by=(owner, coordinator))
        make.published(title="Di un'altra")
    text = client.get(f"/organizzazioni/{owner.slug}").text
    assert "Laboratorio di serigrafia" in text and "Di un" not in text


@pytest.mark.parametrize("path", ["/programma", "/iniziative", "/mappa", "/organizzazioni"])
def test_a_public_page_has_no_token_is_kept_and_speaks_english(client, programme, path):
    answer = client.get(path)
    assert "csrf_token" not in answer.text
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert '<html lang="en">' in client.get("/en" + path).text
