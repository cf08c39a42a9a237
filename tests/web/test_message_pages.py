"""The inbox, the choice of mails, and the way out of a category in one click."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.kernel.db import session, transaction
from civic.notifications import addresses, preferences
from civic.notifications.models import Delivery, Notification, Preference
from civic.notifications.types import Category, Mode
from civic.outbox import draining
from tests import factories as make


@pytest.fixture
def signed_up(connection):
    """Somebody with a place, who has been told of it."""
    with transaction():
        _, opening, _ = make.published()
        person, _, _ = make.signed_up(opening)
    draining.drain()
    return person


def modes(person_id: int) -> dict:
    return preferences.modes_of(person_id)


def test_the_inbox_shows_what_was_written(client, signed_up):
    client.sign_in(signed_up)
    page = client.get("/area-personale/messaggi")
    assert page.status_code == 200
    assert "Hai un posto: Laboratorio di radio" in page.text
    assert "Ti aspettiamo." in page.text


def test_the_inbox_speaks_the_language_of_the_page(client, signed_up):
    client.sign_in(signed_up)
    page = client.get("/en/area-personale/messaggi")
    assert "You have a place: Laboratorio di radio" in page.text
    assert "/en/iscrizioni/" in page.text


def test_an_empty_inbox_says_what_to_do_next(client, connection):
    with transaction():
        person = make.account()
    client.sign_in(person)
    assert "Ancora nessun messaggio" in client.get("/area-personale/messaggi").text


def test_nobody_reads_the_messages_of_another(client, signed_up, connection):
    with transaction():
        other = make.account()
    client.sign_in(other)
    assert "Laboratorio di radio" not in client.get("/area-personale/messaggi").text


def test_messages_are_marked_as_read_by_a_click_and_not_by_looking(client, signed_up):
    client.sign_in(signed_up)
    client.get("/area-personale/messaggi")
    unread = sa.select(sa.func.count()).where(Notification.recipient_id == signed_up.id, Notification.read_at.is_(None))
    assert session().scalar(unread) == 1
    client.submit("/area-personale/messaggi/letti")
    assert session().scalar(unread) == 0


def test_who_switches_a_category_off_finds_it_off(client, signed_up):
    client.sign_in(signed_up)
    answer = client.submit("/area-personale/messaggi/preferenze", {"signup": "y", "organisation": "daily", "news": "off"})
    assert answer.status_code == 302
    assert modes(signed_up.id)[Category.REMINDER] is Mode.OFF
    assert modes(signed_up.id)[Category.SIGNUP] is Mode.NOW
    assert (modes(signed_up.id)[Category.ORGANISATION], modes(signed_up.id)[Category.NEWS]) == (Mode.DAILY, Mode.OFF)
    assert client.submit("/area-personale/messaggi/preferenze", {"organisation": "always"}).status_code == 422


def test_one_click_works_with_no_cookie_and_no_token_of_a_form(client, signed_up):
    token = addresses.unsubscribe_token(signed_up.public_id, Category.SIGNUP)
    answer = client.post(
        f"/u/{token}", data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 200
    assert modes(signed_up.id)[Category.SIGNUP] is Mode.OFF
    assert session().scalars(sa.select(Delivery.state)).all() == ["cancelled"]


def test_opening_the_link_switches_nothing_off(client, signed_up):
    token = addresses.unsubscribe_token(signed_up.public_id, Category.SIGNUP)
    page = client.get(f"/u/{token}")
    assert page.status_code == 200
    assert "Disattiva queste email" in page.text
    assert session().scalar(sa.select(sa.func.count()).select_from(Preference)) == 0


@pytest.mark.parametrize("change", [lambda t: t + "x", lambda t: t.replace("signup", "change"), lambda t: "a-b-c", lambda t: "é"])
def test_a_token_that_is_not_ours_opens_nothing(client, signed_up, change):
    token = change(addresses.unsubscribe_token(signed_up.public_id, Category.SIGNUP))
    assert client.get(f"/u/{token}").status_code == 404
    assert client.post(f"/u/{token}").status_code == 404


def test_what_must_come_has_no_way_out(client, signed_up):
    token = addresses.unsubscribe_token(signed_up.public_id, Category.CHANGE)
    assert client.post(f"/u/{token}").status_code == 404
