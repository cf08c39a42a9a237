"""Pages that say how the site treats people, health, robots: public, in both languages, without a trace of anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from civic.web import health
from civic.web.access import ACCESS

PAGES = ("/privacy", "/privacy/ragazzi", "/accessibilita", "/note-legali", "/dati-aperti")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_speaks_both_languages_and_needs_no_cookie(client, path):
    italian, english = client.get(path), client.get("/en" + path)
    assert (italian.status_code, english.status_code) == (200, 200)
    assert italian.text != english.text
    assert "Set-Cookie" not in italian.headers
    assert "ciao@bologna.example" in client.get("/privacy").text


def test_every_source_is_named_in_the_legal_notes(client):
    text = client.get("/note-legali").text
    written = (Path(__file__).parents[2] / "civic/programme/data/ATTRIBUTIONS.md").read_text()
    for word in ("bolideopendata", "IODL 2.0", "CC BY 3.0 IT", "Comune di Bologna", "ISTAT", "pnmetroplus.it", "MIT", "holidays"):
        assert word in written and word in text


def test_health_says_ok_and_nothing_of_anybody(client):
    answer = client.get("/salute")
    assert (answer.status_code, answer.json) == (200, {"database": "ok", "messages": "ok"})
    assert "Set-Cookie" not in answer.headers


def test_health_is_503_when_the_database_is_away(client, monkeypatch):
    def away():
        raise OperationalError("select", {}, Exception("no connection"))

    monkeypatch.setattr(health, "session", away)
    answer = client.get("/salute")
    assert (answer.status_code, answer.json["database"]) == (503, "down")


def test_robots_leave_out_what_is_not_for_reading(client):
    text = client.get("/robots.txt").text
    assert "Disallow: /area-personale\n" in text and "Disallow: /en/registrazione/\n" in text
    assert "Disallow: /laboratori" not in text


def test_every_page_has_its_place_in_the_table_of_access(app):
    ours = [name for name in app.view_functions if name.split(".")[0] in ("accounts", "personal", "static_pages", "health")]
    assert ours and [name for name in ours if name not in ACCESS] == []


def test_who_is_not_signed_in_is_sent_to_sign_in_from_every_private_page(app, client):
    with app.app_context():
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("personal.")]
    for rule in rules:
        if ACCESS[rule.endpoint] == "public":
            continue
        path = rule.rule.replace("<public_id>", "abc")
        answer = client.get(path) if "GET" in rule.methods else client.submit(path, {})
        assert answer.status_code == 302 and answer.location.startswith("/accedi"), path


def test_people_find_the_pages_at_the_foot(client):
    text = client.get("/accedi").text
    assert all(f'href="{path}"' in text for path in ("/privacy", "/accessibilita", "/note-legali", "/dati-aperti"))
