"""Inviting who would fit a shift that lacks people: the number, the words, one yes, no names."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.services.publishing import OpeningFields
from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.kernel.db import session, transaction, writing
from civic.notifications import preferences
from civic.notifications.types import Category, Mode
from civic.outbox.models import OutboxEvent
from tests import factories as make

DAY = timedelta(days=1)


@pytest.fixture
def desk(client, connection):
    """A shift that lacks two people, its coordinator signed in, and one helper of before; return (opening, page, helper)."""
    with transaction():
        by = make.organisation()
        with clock.frozen(clock.now() - 2 * DAY):
            helper, _, _ = make.signed_up(make.published(ActivityKind.VOLUNTEERING, by=by, starts_in=DAY)[1])
            preferences.switch_on(helper.id, Category.UPDATE)
        places = (OpeningFields(ActivityKind.VOLUNTEERING, 5, "cucina", minimum=2, occurrence=0),)
        activity, opening, _ = make.published(ActivityKind.VOLUNTEERING, by=by, openings=places, title="Mercatino")
    client.sign_in(session().get(Person, by[1].person_id), with_second_factor=True)
    return opening, f"/gestione/{by[0].slug}/attivita/{activity.public_id}", helper


def told() -> int:
    return session().scalar(sa.select(sa.func.count()).where(OutboxEvent.name == "VolunteersInvited"))


def test_one_reads_how_many_are_invited_and_with_which_words_and_no_name_and_says_yes(client, desk):
    opening, page, helper = desk
    url = f"{page}/posti/{opening.public_id}/invita"
    assert f"{url}" in client.get(page).text
    shown = client.get(url)
    assert shown.status_code == 200 and told() == 0
    for words in ("1 persona riceve un messaggio", "Puoi dare una mano?", "cerca ancora 2 persone", "Mercatino, cucina"):
        assert words in shown.text
    assert helper.family_name not in shown.text and helper.email not in shown.text
    answer = client.submit(url)
    assert (answer.status_code, told()) == (302, 1)
    assert "inviti stanno partendo" in client.get(answer.headers["Location"]).text


def test_where_enough_come_there_is_no_button_and_the_page_says_so(client, desk):
    opening, page, _ = desk
    with transaction():
        writing().execute(sa.text("UPDATE opening SET taken = 2 WHERE id = :id"), {"id": opening.id})
    url = f"{page}/posti/{opening.public_id}/invita"
    assert url not in client.get(page).text
    assert client.submit(url).status_code == 302 and told() == 0
    assert "non serve invitare" in client.get(page).text


def test_where_nobody_is_left_there_is_nothing_to_press(client, desk):
    opening, page, helper = desk
    with transaction():
        writing().execute(sa.text("UPDATE person SET birth_on = '2012-01-01' WHERE id = :id"), {"id": helper.id})
    shown = client.get(f"{page}/posti/{opening.public_id}/invita").text
    assert "Non resta nessuno" in shown and "Sì, invita" not in shown


OFFERED = "Scrivetemi quando mancano volontari"


def volunteer(client, birth_on=make.ADULT, kind=ActivityKind.VOLUNTEERING) -> tuple[int, str]:
    """Sign somebody up and in; return the person's id and the page of the sign-up."""
    with transaction():
        guardian = make.account() if birth_on != make.ADULT else None
        opening = make.published(kind)[1]
        person, _, signup = make.signed_up(opening, birth_on, guardian_id=guardian and guardian.id)
    client.sign_in(person)
    return person.id, f"/iscrizioni/{signup}"


def test_at_the_page_of_a_place_as_volunteer_one_asks_for_invitations_by_a_box_that_nobody_ticks_for_one(client, connection):
    person_id, page = volunteer(client)
    shown = client.get(page).text
    assert OFFERED in shown and " checked" not in shown
    client.submit("/area-personale/messaggi/inviti")
    assert preferences.modes_of(person_id)[Category.UPDATE] is Mode.OFF
    answer = client.submit("/area-personale/messaggi/inviti", {"update": "y"})
    assert preferences.modes_of(person_id)[Category.UPDATE] is Mode.NOW
    assert OFFERED in client.get(answer.headers["Location"]).text
    assert OFFERED not in client.get(page).text


def test_who_has_said_no_or_is_a_minor_or_takes_part_is_not_asked_about_invitations(client, connection):
    person_id, page = volunteer(client)
    with transaction():
        preferences.switch_off(person_id, Category.UPDATE)
    assert OFFERED not in client.get(page).text
    for values in ({"birth_on": make.SIXTEEN}, {"kind": ActivityKind.WORKSHOP}):
        assert OFFERED not in client.get(volunteer(client, **values)[1]).text
