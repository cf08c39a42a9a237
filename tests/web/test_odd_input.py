"""Whatever is typed, in the address or in a form, is understood or refused: the site never breaks on it."""

from __future__ import annotations

import io
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest

from civic.extensions import limiter
from civic.kernel.db import transaction
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.web import cast as casting
from tests.web.test_access import rules_of, url_of

WEB = Path(__file__).parent.parent.parent / "civic/web"
ODD = (
    "",
    "-1",
    "0",
    "99999999999999999999",
    "²",
    "٣",
    "0001-01-01",
    "9999-12-31",
    "9999-12",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "%_\\",
    "é" * 6_000,
)
ROLES = ("anonymous", "coordinator", "administrator", "safeguarding", "guardian")
LAST = ("annulla", "togli", "elimina", "esci", "rifiuta", "disdici")
"""What ends things comes last, so that the forms before it have something to work on."""


@pytest.fixture
def cast(app, connection):
    with app.app_context(), transaction():
        return casting.assemble()


def names_of_queries() -> set[str]:
    """Every name that a page reads from its address."""
    return {name for path in WEB.rglob("*.py") for name in re.findall(r'args(?:\.get\(|\[)"(\w+)"', path.read_text("utf-8"))}


class Forms(HTMLParser):
    """The forms of a page: where each goes, and what its fields hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.found.append((given.get("action") or "", {}))
        elif self.found and tag in ("input", "textarea", "select") and given.get("name"):
            is_off = given.get("type") in ("radio", "checkbox") and "checked" not in given
            self.found[-1][1].setdefault(given["name"], "" if is_off else given.get("value") or "")
            self._select = given["name"] if tag == "select" else ""
        elif tag == "option" and self._select and "selected" in given:
            self.found[-1][1][self._select] = given.get("value") or ""


def test_no_address_breaks_the_site(app, client, cast):
    names = names_of_queries()
    assert {"pagina", "dal", "giorno", "mese"} <= names
    broken = []
    for role in ROLES:
        cast.visit_as(role, client)
        for rule in rules_of(app):
            if "GET" not in rule.methods or rule.endpoint == "personal.download":
                continue
            for value in ODD:
                client.move()
                address = url_of(rule, cast.values)
                answer = client.get(address, query_string=dict.fromkeys(names, value[:300]))
                if answer.status_code >= 500:
                    broken.append((role, rule.rule, value[:20]))
    assert broken == []


def test_no_identifier_in_an_address_breaks_the_site(app, client, cast):
    cast.visit_as("coordinator", client)
    broken = []
    for rule in (rule for rule in rules_of(app) if "GET" in rule.methods and rule.arguments):
        for value in (value for value in ODD if value):
            client.move()
            answer = client.get(re.sub(r"<[^>]+>", quote(value[:300], safe=""), rule.rule))
            if answer.status_code >= 500:
                broken.append((rule.rule, value[:20]))
    assert broken == []


def forms_seen_by(role: str, app, visitor, cast) -> list[tuple[str, dict[str, str]]]:
    """Return every form that stands on a page that `role` may open: its address and its fields."""
    cast.visit_as(role, visitor)
    found: dict[str, dict[str, str]] = {}
    for rule in (rule for rule in rules_of(app) if "GET" in rule.methods):
        visitor.move()
        address = url_of(rule, cast.values)
        for action, fields in Forms(visitor.get(address).get_data().decode(errors="replace")).found:
            known = found.setdefault(action or address, {})
            known.update({name: value for name, value in fields.items() if name not in known})
    own = [one for one in found.items() if not one[0].startswith(("/uscita", "/en/"))]
    return sorted(own, key=lambda form: any(word in form[0] for word in LAST))


@pytest.mark.parametrize("role", ["coordinator", "administrator", "guardian"])
def test_no_field_of_a_form_breaks_the_site(role, app, client, cast):
    forms = forms_seen_by(role, app, client, cast)
    assert len(forms) > 5
    answers = Counter()
    for action, fields in forms:
        cast.visit_as(role, client)
        for name, value in product(fields.keys() - {"csrf_token", "submit_key"}, ODD):
            client.move()
            limiter.limiter.storage.reset()
            answers[status_of(client, action, {**fields, name: value}), action, name] += 1
    assert [one for one in answers if one[0] >= 500] == []
    assert {302, 422} <= {status for status, _, _ in answers}


def status_of(visitor, action: str, fields: dict[str, str]) -> int:
    """Send a form as if it had just been opened and return how the site answered."""
    fresh = {"submit_key": new_public_id(), "csrf_token": visitor.csrf_token()}
    return visitor.post(action, data=fields | fresh).status_code


def test_a_character_that_no_keyboard_types_is_refused_beside_a_file_too(client, cast):
    cast.visit_as("coordinator", client)
    file = (io.BytesIO(b"Codice;Titolo"), "a.csv")
    answer = client.submit(f"/gestione/{cast.organisation.slug}/importa", {"file": file, "filename": "a\0b"})
    assert answer.status_code == 400


def test_a_meeting_is_at_most_two_years_ahead(client):
    with pytest.raises(RuleBroken, match="two years"), transaction():
        make.published(starts_in=make.timedelta(days=800))
