"""What one follows: chosen with ticks, found from the page of an organisation, kept as it was typed where something is wrong."""

from __future__ import annotations

import pytest

from civic.kernel.db import transaction
from civic.notifications import following, preferences
from civic.notifications.topics import Subject, Topic
from civic.notifications.types import Category, Mode
from civic.organisations.types import OrganisationState
from civic.reporting.personal_data import collect_personal_data
from tests import factories as make

PAGE = "/area-personale/seguiti"


@pytest.fixture
def person(client, connection):
    with transaction():
        row = make.account()
    client.sign_in(row)
    return row


def topics(person) -> set[str]:
    return {str(topic) for topic in following.list_topics(make.actor_of(person))}


def test_kinds_and_how_often_are_chosen_and_taken_back(client, person):
    assert 'value="weekly" checked' in client.get(PAGE).text
    done = client.submit(PAGE, {"kinds": ["workshop", "volunteering"], "mode": "daily"}, follow_redirects=True)
    assert "Salvato" in done.text
    assert topics(person) == {"kind:workshop", "kind:volunteering"}
    assert preferences.modes_of(person.id)[Category.NEWS] is Mode.DAILY
    client.submit(PAGE, {"kinds": ["volunteering"], "mode": "now"})
    assert topics(person) == {"kind:volunteering"}
    client.submit(PAGE, {"mode": "off"})
    assert topics(person) == set() and preferences.modes_of(person.id)[Category.NEWS] is Mode.OFF


def test_an_organisation_is_followed_from_its_page_and_only_once_it_is_saved(client, person):
    with transaction():
        organisation, _ = make.organisation()
    page = client.get(f"/organizzazioni/{organisation.slug}").text
    link = f"{PAGE}?organizzazione={organisation.slug}"
    assert f'href="{link}"' in page and "Segui" in page
    assert organisation.name in client.get(link).text
    assert topics(person) == set()
    client.submit(link, {"organisations": [str(organisation.id)], "mode": "weekly"})
    assert topics(person) == {f"organisation:{organisation.id}"}
    assert organisation.name in client.get(PAGE).text
    client.submit(PAGE, {"mode": "weekly"})
    assert topics(person) == set()


def test_an_organisation_that_is_not_public_is_not_named(client, person):
    with transaction():
        organisation, _ = make.organisation(OrganisationState.SUSPENDED)
    assert organisation.name not in client.get(f"{PAGE}?organizzazione={organisation.slug}").text
    answer = client.submit(PAGE, {"organisations": [str(organisation.id)], "mode": "weekly"})
    assert answer.status_code == 422 and topics(person) == set()


@pytest.mark.parametrize(
    "data",
    [
        {"kinds": ["nonsense"], "mode": "now"},
        {"quartieri": ["999999"], "mode": "now"},
        {"quartieri": ["²"], "mode": "now"},
        {"kinds": ["workshop"], "mode": "always"},
        {"kinds": ["workshop"]},
    ],
)
def test_wrong_input_is_refused_and_nothing_is_lost(client, person, data):
    answer = client.submit(PAGE, data)
    assert answer.status_code == 422 and topics(person) == set()
    if "workshop" in data.get("kinds", ()):
        assert 'value="workshop" checked' in answer.text


def test_the_page_asks_who_is_not_signed_in_to_do_so(client, connection):
    assert "/accedi" in client.get(PAGE).headers["Location"]


def test_what_is_followed_is_in_the_file_of_ones_data(client, person):
    with transaction():
        following.follow(make.actor_of(person), [Topic(Subject.KIND, "workshop")])
    assert "kind:workshop" in str(collect_personal_data(make.actor_of(person)))


def test_who_saves_the_page_while_an_organisation_is_suspended_follows_it_on(client, person):
    with transaction():
        organisation, _ = make.organisation()
        following.follow(make.actor_of(person), [Topic(Subject.ORGANISATION, str(organisation.id))])
        organisation.state = OrganisationState.SUSPENDED
    assert organisation.name not in client.get(PAGE).text
    client.submit(PAGE, {"kinds": ["workshop"], "mode": "weekly"})
    assert topics(person) == {"kind:workshop", f"organisation:{organisation.id}"}
