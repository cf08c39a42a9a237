"""Every message stands on a page of the staff, in both languages, as it arrives; the page shows nobody's data."""

from __future__ import annotations

import pytest

from civic.accounts.services.signing_in import grant_role
from civic.kernel.actor import SYSTEM, Role
from civic.kernel.db import transaction
from civic.notifications.catalogue import MESSAGES
from civic.web.administration.previews import CATEGORIES
from tests import factories as make

PAGE = "/amministrazione/anteprime"


@pytest.fixture
def staff(client, connection):
    with transaction():
        person = make.account()
        grant_role(SYSTEM, person.id, Role.OFFICER)
    client.sign_in(person, with_second_factor=True)
    return client


def test_every_kind_is_there_once_and_opens_in_both_languages(staff):
    page = staff.get(PAGE).text
    assert {message.category for message in MESSAGES.values()} <= set(CATEGORIES)
    for kind in MESSAGES:
        assert page.count(f"{PAGE}/{kind}/it/html") == 1
        for language in ("it", "en"):
            shown = staff.get(f"{PAGE}/{kind}/{language}/html")
            assert shown.status_code == 200 and f'lang="{language}"' in shown.text, kind
            assert "sandbox" in shown.headers["Content-Security-Policy"]
            text = staff.get(f"{PAGE}/{kind}/{language}/testo")
            assert text.mimetype == "text/plain" and "<html" not in text.text


@pytest.mark.parametrize("path", ["nothing/it/html", "reminder/fr/html", "reminder/it/pdf", "reminder/it/.."])
def test_what_is_not_there_is_not_found(staff, path):
    assert staff.get(f"{PAGE}/{path}").status_code == 404


def test_nobody_else_sees_them(client, connection):
    with transaction():
        person = make.account()
    client.sign_in(person)
    assert client.get(PAGE).status_code == 403
