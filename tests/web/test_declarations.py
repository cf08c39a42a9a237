"""The certificate of a member at the desk: what is typed, who sees it, and who does not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.kernel.db import session, transaction
from civic.safeguarding.models import SafeguardingDeclaration
from tests.web import cast as casting

GOOD = {"issued_on": "2026-11-02", "seen_on": "2026-11-20", "outcome": "clear"}


@pytest.fixture
def cast(connection):
    with transaction():
        return casting.assemble()


def path_of(cast) -> str:
    return f"/gestione/{cast.values['organisation']}/persone/{cast.values['member']}/certificato"


def count_of_facilitator(cast) -> int:
    about = SafeguardingDeclaration.person_id == cast.people["facilitator"].id
    return session().scalar(sa.select(sa.func.count()).where(about))


def test_a_coordinator_declares_once_however_often_the_button_is_pressed(cast, client):
    cast.visit_as("coordinator", client)
    people = f"/gestione/{cast.values['organisation']}/persone"
    assert "Nessun certificato dichiarato" in client.get(people).text
    form = GOOD | {"submit_key": "d" * 16}
    assert {client.submit(path_of(cast), form).headers["Location"] for _ in range(2)} == {people}
    assert count_of_facilitator(cast) == 1
    assert "Certificato valido fino a domenica 2 maggio 2027" in client.get(people).text
    assert cast.people["coordinator"].full_name in client.get(path_of(cast)).text


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"issued_on": "2026-11-24", "seen_on": "2026-11-24"}, "issued_on", "deve ancora venire"),
        ({"seen_on": "2026-11-24"}, "seen_on", "deve ancora venire"),
        ({"seen_on": "2026-11-01"}, "seen_on", "prima che sia rilasciato"),
        ({"issued_on": "2026-05-01"}, "issued_on", "vale sei mesi"),
        ({"issued_on": ""}, "issued_on", "Serve per continuare"),
        ({"outcome": ""}, "outcome", "Scegline uno"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_written(cast, client, typed, field, says):
    cast.visit_as("owner", client)
    answer = client.submit(path_of(cast), GOOD | typed)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text and says in answer.text
    assert count_of_facilitator(cast) == 0


def test_the_form_takes_neither_a_file_nor_a_text(cast, client):
    cast.visit_as("owner", client)
    text = client.get(path_of(cast)).text
    assert 'type="file"' not in text and "<textarea" not in text and "multipart" not in text


def test_a_facilitator_sees_nothing_of_certificates_among_the_people(cast, new_visitor):
    with transaction():
        casting.declare_everybody(cast)
    people = f"/gestione/{cast.values['organisation']}/persone"
    assert "Certificato" in cast.visit_as("coordinator", new_visitor()).get(people).text
    for role in casting.ROLES:
        if role in casting.EDITORS:
            continue
        visitor = cast.visit_as(role, new_visitor())
        assert "Certificato" not in visitor.get(people).text, role
        assert visitor.get(path_of(cast)).status_code in (302, 403, 404), role
        assert visitor.submit(path_of(cast), GOOD).status_code in (302, 403, 404), role
    assert count_of_facilitator(cast) == 1
