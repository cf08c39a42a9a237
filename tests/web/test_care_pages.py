"""What a family entrusts: written, shown, changed and taken back on its own pages, and by nobody else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Person
from civic.activities.queries.linked import manage_token
from civic.care.models import CareConsent, CollectionNote, ImageRelease
from civic.care.services import writing
from civic.care.types import Need
from civic.kernel.db import session, transaction
from civic.reporting.personal_data import collect_personal_data
from tests import factories as make
from tests.care import family

ADULT = {"name_1": "Nonna Ada", "phone_1": "333 123 4567"}


@pytest.fixture
def there(connection):
    with transaction():
        found = family(capacity=9)
        writing.ask_for_health(found.coordinator, found.activity.public_id, frozenset({Need.FOOD}))
    return found


@pytest.fixture
def mother(there, client):
    client.sign_in(session().get(Person, there.guardian.person_id))
    return client


def page(there) -> str:
    return f"/iscrizioni/{there.signup}/altro"


def count(table) -> int:
    return session().scalar(sa.select(sa.func.count()).select_from(table))


def test_the_page_of_the_sign_up_leads_to_what_is_asked_and_nothing_is_compulsory(there, mother):
    assert f'href="{page(there)}"' in mother.get(f"/iscrizioni/{there.signup}").text
    text = mother.get(page(there)).text
    assert "Qui niente è obbligatorio" in text and "Finora nessuno." in text
    assert "Lo chiediamo perché qui si mangia o si cucina." in text
    assert all(f'href="{page(there)}/{slug}"' in text for slug in ("salute", "ritorno", "immagini"))


def test_health_is_written_shown_changed_and_deleted(there, mother):
    form = f"{page(there)}/salute"
    assert "Spunta la casella" in mother.submit(form, {"allergies": "Arachidi"}).text
    empty = mother.submit(form, {"agrees": "y"})
    assert empty.status_code == 422 and 'id="allergies-error"' in empty.text
    long = mother.submit(form, {"agrees": "y", "allergies": "x" * 501})
    assert long.status_code == 422 and "x" * 501 in long.text
    saved = mother.submit(form, {"agrees": "y", "allergies": "Arachidi <b>"}, follow_redirects=True).text
    assert "Salvato" in saved and "Arachidi &lt;b&gt;" in saved and "Si cancella " in saved
    assert "Arachidi &lt;b&gt;" in mother.get(form).text
    gone = mother.submit(f"{form}/cancella", follow_redirects=True).text
    assert "quello che era scritto è cancellato" in gone and "Arachidi" not in gone


def test_who_collects_has_a_name_and_a_number_that_is_shown_back(there, mother):
    form = f"{page(there)}/ritorno"
    for typed, field in (
        ({}, "name_1"), ({"name_1": "Nonna Ada"}, "phone_1"), ({"phone_2": "333 123 4567"}, "name_2"),
        ({"name_1": "Nonna Ada", "phone_1": "12"}, "phone_1"),
    ):
        refused = mother.submit(form, {"agrees": "y", "leaves_alone": "no", **typed})
        assert refused.status_code == 422 and f'id="{field}-error"' in refused.text
    assert count(CollectionNote) == 0
    saved = mother.submit(form, {"agrees": "y", "leaves_alone": "no", **ADULT}, follow_redirects=True).text
    assert "Nonna Ada, 333 123 4567" in saved
    again = mother.submit(form, {"agrees": "y", "leaves_alone": "no", **ADULT}, follow_redirects=True).text
    assert "Non è cambiato niente." in again
    assert 'value="333 123 4567"' in mother.get(form).text


def test_images_are_released_where_ticked_and_taken_back_with_one_click(there, mother, new_visitor):
    form = f"{page(there)}/immagini"
    assert mother.submit(form, {"agrees": "y"}).status_code == 422
    assert "sito" in mother.submit(form, {"agrees": "y", "channels": "website"}, follow_redirects=True).text
    assert mother.submit(form, {"agrees": "y", "channels": "cinema"}).status_code == 422
    kept = session().scalar(sa.select(CareConsent.text))
    assert there.child.given_name in kept and "Posso ritirare il permesso" in kept
    mother.submit(f"{form}/cancella")
    assert count(ImageRelease) == 0


def test_the_young_person_reads_and_does_not_write(there, new_visitor):
    with transaction():
        older = family(make.SIXTEEN, capacity=9)
        older.release({"website"})
    young = new_visitor()
    young.sign_in(older.child)
    text = young.get(page(older)).text
    assert "Fino ai 18 anni lo scrive un genitore" in text and f"{page(older)}/immagini/cancella" in text
    assert young.submit(f"{page(older)}/immagini", {"agrees": "y", "channels": "press"}).status_code == 404
    young.submit(f"{page(older)}/immagini/cancella")
    assert count(ImageRelease) == 0


def test_nobody_else_opens_what_is_entrusted(there, new_visitor):
    with transaction():
        stranger = make.account()
    for somebody in (stranger, session().get(Person, there.coordinator.person_id)):
        visitor = new_visitor()
        visitor.sign_in(somebody, with_second_factor=True)
        for path in ("", "/salute"):
            assert visitor.get(page(there) + path).status_code == 404
        assert visitor.submit(f"{page(there)}/salute/cancella").status_code == 404


def test_who_has_no_account_writes_through_the_link_of_the_mail(there, client):
    token = manage_token(there.signup, there.guardian.person_id)
    with transaction():
        session().execute(sa.delete(Account).where(Account.person_id == there.guardian.person_id))
    base = f"/i/{token}/altro"
    assert f'href="{base}"' in client.get(f"/i/{token}").text
    done = client.submit(f"{base}/ritorno", {"agrees": "y", "leaves_alone": "yes"}, follow_redirects=True).text
    assert "Salvato" in done and "Esce per conto suo" in done
    assert client.get(f"{base}/altrove").status_code == 404


def test_what_is_entrusted_stands_readable_in_the_file_of_what_is_known(there, mother):
    mother.submit(f"{page(there)}/salute", {"agrees": "y", "allergies": "Arachidi"})
    mother.submit(f"{page(there)}/ritorno", {"agrees": "y", "leaves_alone": "no", **ADULT})
    (ward,) = collect_personal_data(there.guardian)["young_people_i_answer_for"]
    (found,) = ward["entrusted"]
    assert found["health"]["allergies"] == "Arachidi"
    assert found["going_home"] == {"leaves_alone": False, "adults": [{"name": "Nonna Ada", "phone": "+393331234567"}]}
    assert "images" not in found and collect_personal_data(there.coordinator)["me"]["entrusted"] == []
