"""Letting one person in outside the ages, as the desk and the family see it."""

from __future__ import annotations

import html
import re

import sqlalchemy as sa

from civic.activities.types import SignupState
from civic.activities.ways_in import AgeException
from civic.kernel.db import session, transaction
from tests import factories as make
from tests.web.test_desk import desk  # noqa: F401
from tests.web.test_signing_up_pages import details, one_signup, who

TEN = ("1", "6", "2016")


def test_the_desk_makes_a_link_and_a_family_outside_the_ages_comes_in_by_it(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), age_min=11, age_max=14)
    page = f"{base}/attivita/{activity.public_id}/deroghe"
    assert "Chi è fuori dai limiti di età" in client.get(f"{base}/attivita/{activity.public_id}").text
    assert "Scrivi perché" in client.submit(page, {"reason": ""}).text
    shown = client.submit(page, {"reason": "Viene con la sorella"}, follow_redirects=True).text
    assert "Si può usare" in shown and "Viene con la sorella" in shown
    url = html.unescape(re.search(r"<code[^>]*>([^<]+)</code>", shown)[1])
    path = url[url.index("/attivita") :]
    family = new_visitor()
    first = family.get(path)
    assert "i limiti di età non contano" in first.text and "next=" in first.text
    second = family.submit(path, who(opening, TEN, "child"))
    assert "deroga=" in second.text
    typed = dict(child_given_name="Leo", child_family_name="Neri", given_name="Ada", family_name="Neri", email="ada@example.org")
    sent = details(second, **typed, is_responsible="y", authorises="y", consent="y")
    assert "Guarda la tua posta" in family.post(path, data=sent, follow_redirects=True).text
    assert one_signup().state is SignupState.UNCONFIRMED
    assert session().scalar(sa.select(AgeException.signup_id)) == one_signup().id
    assert "Usato" in client.get(page).text
    assert "non vale più" in family.get(path).text


def test_without_the_link_the_ages_hold_and_a_withdrawn_link_says_so(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), age_min=11, age_max=14)
    page = f"{base}/attivita/{activity.public_id}/deroghe"
    shown = client.submit(page, {"reason": "Viene con la sorella"}, follow_redirects=True).text
    number = session().scalar(sa.select(AgeException.id))
    assert "Ritirato" in client.submit(f"{page}/{number}/ritira", follow_redirects=True).text
    url = html.unescape(re.search(r"<code[^>]*>([^<]+)</code>", shown)[1])
    family = new_visitor()
    for path, sentence in ((url[url.index("/attivita") :], "non vale più"), (f"/attivita/{activity.slug}/iscrizione", "anni")):
        second = family.submit(path, who(opening, TEN))
        refused = family.post(path, data=details(second, given_name="Leo", guardian_email="mamma@example.org"))
        assert refused.status_code == 422 and sentence in refused.text and 'value="Leo"' in refused.text
    assert client.submit(f"{page}/999/ritira").status_code == 404 and client.submit(f"{page}/x/ritira").status_code == 404


def test_who_is_signed_in_comes_in_by_the_link_on_one_screen(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, _, _ = make.published(by=(row, coordinator), age_max=14)
        adult = make.account()
    shown = client.submit(f"{base}/attivita/{activity.public_id}/deroghe", {"reason": "Aiuta"}, follow_redirects=True).text
    url = html.unescape(re.search(r"<code[^>]*>([^<]+)</code>", shown)[1])
    visitor = new_visitor()
    visitor.sign_in(adult)
    path = url[url.index("/attivita") :]
    assert visitor.post(path, data=details(visitor.get(path))).status_code == 302
    assert one_signup().state is SignupState.CONFIRMED
