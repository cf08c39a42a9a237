"""What logs never hold: the secret part of any address that has one."""

from __future__ import annotations

import re

import pytest

from civic.kernel.logs import scrub

TOKEN = "kX7-3.a_b~Z"


def test_no_route_that_holds_a_token_shows_it_in_a_log(app):
    with_token = [rule.rule for rule in app.url_map.iter_rules() if "token" in rule.arguments]
    assert len(with_token) >= 10
    for rule in with_token:
        path = re.sub(r"<[^>]+>", "x", rule.replace("<token>", TOKEN))
        assert "kX7" not in scrub(f"GET {path} failed"), rule
        assert "kX7" not in scrub(f"GET /accedi?next={path.replace('/', '%2F')}"), rule


def test_leave_to_come_outside_the_ages_stands_in_no_log():
    for path in (f"/attivita/radio/iscrizione?deroga={TOKEN}", f"/accedi?next=%2Fattivita%2Fradio%3Fderoga%3D{TOKEN}"):
        assert "kX7" not in scrub(f"GET {path} failed")


@pytest.mark.parametrize("text", ["ada@example.org", "DETAIL: Key (email)=(ada) exists."])
def test_no_address_and_no_value_of_a_row_stands_in_a_log(text):
    assert "ada" not in scrub(text)
