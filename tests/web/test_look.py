"""The frame of every page: no inline script or style, nothing fetched from elsewhere, no token for strangers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
PAGES = (
    "/galleria/",
    "/galleria/?errori",
    "/galleria/home",
    "/galleria/vuota",
    "/galleria/attivita",
    "/galleria/gestione",
    "/galleria/errore/404",
)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_page_has_no_inline_script_or_style_and_asks_nothing_of_others(client, prefix, path):
    answer = client.get(prefix + path)
    assert answer.status_code == 200
    assert not re.search(r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)', answer.text)
    assert not re.search(r'(src|srcset|action)="(https?:)?//', answer.text)


def test_the_english_page_says_so_and_links_the_italian_one(client):
    text = client.get("/en/galleria/home").text
    assert '<html lang="en">' in text
    assert 'href="/galleria/home"' in text
    assert "Under the porticoes" in text


def test_strangers_get_no_token(client):
    assert "csrf_token" not in client.get("/galleria/home").text
    assert "csrf_token" in client.get("/galleria/vuota").text


def test_every_error_of_a_form_stands_beside_its_field_and_leads_to_it(client):
    text = client.get("/galleria/?errori").text
    assert '<a href="#email">' in text
    assert 'id="email-error"' in text
    assert 'aria-describedby="name-hint name-error"' in text


def test_a_refused_page_keeps_the_frame(client):
    answer = client.get("/static/non-esiste")
    assert answer.status_code == 404
    assert 'id="main"' in answer.text


def test_a_named_file_is_kept_for_a_year_and_its_address_follows_its_content(client):
    text = client.get("/galleria/home").text
    url = re.search(r"/static/img/logo\.svg\?v=[0-9a-f]{10}", text)[0]
    assert "immutable" in client.get(url).headers["Cache-Control"]
    assert "immutable" not in client.get("/static/img/logo.svg").headers["Cache-Control"]


def test_every_component_says_at_its_head_how_it_is_called():
    for path in (TEMPLATES / "components").glob("*.html"):
        assert path.read_text().startswith("{#"), path.name


def test_every_template_compiles(app):
    for name in app.jinja_env.list_templates(extensions=["html", "txt", "mjml"]):
        app.jinja_env.get_template(name)


@pytest.mark.parametrize("path", ["/%5Cevil.example", "/%2Fevil.example", "/en//evil.example", "/en/%5C%5Cevil.example"])
def test_the_other_language_is_always_a_page_of_this_site(client, path):
    text = client.get(path).text
    links = re.findall(r'href="([^"]*evil[^"]*)"', text)
    assert links
    for link in links:
        assert link.startswith(("http://localhost/", "/")) and not link.startswith(("//", "/\\"))
        assert "\\" not in link
