"""The page on which an organisation says when its people are reminded."""

from __future__ import annotations

import pytest

from civic.accounts.models import Person
from civic.activities.queries.reminders import list_reminders
from civic.kernel.db import session, transaction
from civic.organisations.models import Organisation
from tests import factories as make


@pytest.fixture
def there(connection, client):
    with transaction():
        activity, _, coordinator = make.published(title="Radio")
        slug = session().get(Organisation, activity.organisation_id).slug
    client.sign_in(session().get(Person, coordinator.person_id), with_second_factor=True)
    return activity, f"/gestione/{slug}/attivita/{activity.public_id}/promemoria"


def fields(*rows: tuple, **more) -> dict:
    """Return what the form sends: four rows, those that are not given empty."""
    all_rows = [*rows, *({"when": "", "text": ""} for _ in range(4 - len(rows)))]
    return {f"reminders-{number}-{name}": value for number, row in enumerate(all_rows) for name, value in row.items()} | more


def test_the_page_begins_with_the_reminders_of_all(there, client):
    text = client.get(there[1]).text
    assert text.count("selected") == 3 and 'value="7d" selected' in text and "Torna ai promemoria" not in text


def test_they_are_seen_as_they_will_be_read_and_then_saved(there, client):
    activity, address = there
    mine = fields({"when": "2d", "asks": "y", "text": "Portate una radio.\r\n\r\n{titolo} comincia alle {ora}."})
    shown = client.submit(address, mine | {"preview": "1"})
    assert "Portate una radio." in shown.text and "Radio comincia alle " in shown.text and list_reminders(activity.id) == ()
    saved = client.submit(address, mine | {"save": "1"}, follow_redirects=True)
    assert "d'ora in poi i promemoria arrivano così" in saved.text.replace("&#39;", "'")
    (one,) = list_reminders(activity.id)
    assert (one.name, one.asks, one.text) == ("2d", True, "Portate una radio.\n\n{titolo} comincia alle {ora}.")
    client.submit(address, {"standard": "1"})
    assert list_reminders(activity.id) == ()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (({"when": "1d", "text": "Ciao {nome}"},), "{nome} non vuol dire niente"),
        (({"when": "1d", "text": "x" * 501},), "Al massimo 500 caratteri"),
        (({"when": "", "text": "Senza quando"},), "Scegli quando arriva questo testo"),
        (({"when": "1d"}, {"when": "1d"}), "nello stesso momento"),
        (({"when": ""},), "Lascia almeno un promemoria"),
        (({"when": "99d"},), "reminders-0-when"),
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_typed_is_lost(there, client, rows, said):
    activity, address = there
    answer = client.submit(address, fields(*rows, save="1"))
    assert answer.status_code == 422 and said in answer.text and list_reminders(activity.id) == ()
    assert rows[0].get("text", "") in answer.text
