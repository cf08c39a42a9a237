"""The attendance page and the sheet to print say in small tags what to mind of somebody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.services.cancelling import cancel_activity
from civic.care.models import CareViewing
from civic.care.services import writing
from civic.care.types import Channel, Collection, Collector, HealthNote, Need
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.organisations.models import Organisation
from tests import factories as make
from tests.care import TEXT, family

TAGS = ("Allergia", "Viene a prendere: Nonna Ada, Zio Ugo", "Foto solo per: sito")


@pytest.fixture
def there(connection):
    with transaction():
        one = family()
        writing.ask_for_health(one.coordinator, one.activity.public_id, frozenset({Need.FOOD}))
        writing.write_health(one.guardian, one.signup, HealthNote(allergies="Zqarachidi"), TEXT)
        adults = (Collector("Nonna Ada", "+393331234567"), Collector("Zio Ugo", "+390516543210"))
        writing.write_collection(one.guardian, one.signup, Collection(False, adults), TEXT)
        one.release({Channel.WEBSITE})
        return one


def pages(there) -> list[str]:
    slug = session().scalar(sa.select(Organisation.slug).where(Organisation.id == there.activity.organisation_id))
    meeting = make.occurrences_of(there.activity)[0]
    base = f"/gestione/{slug}/attivita/{there.activity.public_id}/incontri/{meeting.public_id}"
    return [f"{base}/presenze", f"{base}/foglio"]


def test_the_page_and_the_paper_carry_the_tags_and_never_the_note_or_a_number(there, client):
    with transaction():
        addresses = pages(there)
    with clock.frozen(there.starts_at):
        client.sign_in(session().get(Person, there.coordinator.person_id), with_second_factor=True)
        for address in addresses:
            text = client.get(address).text
            assert [tag for tag in TAGS if tag not in text] == []
            assert "Zqarachidi" not in text and "1234567" not in text
    # Two pages, two records that were marked on each.
    assert session().scalar(sa.select(sa.func.count()).select_from(CareViewing)) == 4


def test_before_the_window_the_sheet_says_only_whether_images_may_be_shown(there, client):
    with transaction():
        addresses = pages(there)
    with clock.frozen(there.starts_at - timedelta(hours=49)):
        client.sign_in(session().get(Person, there.coordinator.person_id), with_second_factor=True)
        text = client.get(addresses[1]).text
    assert TAGS[2] in text and TAGS[0] not in text and "Nonna Ada" not in text
    assert session().scalar(sa.select(sa.func.count()).select_from(CareViewing)) == 0


def test_a_form_that_is_refused_shows_the_tags_again_and_the_viewing_is_noted(there, client):
    with transaction():
        address = pages(there)[0]
    with clock.frozen(there.starts_at):
        client.sign_in(session().get(Person, there.coordinator.person_id), with_second_factor=True)
        fields = {f"state-{there.signup}": "late", f"minutes-{there.signup}": "tanti"}
        answer = client.submit(address, fields)
    assert answer.status_code == 422 and TAGS[0] in answer.text
    assert session().scalar(sa.select(sa.func.count()).select_from(CareViewing)) == 2


def test_the_sheet_of_what_was_cancelled_still_opens_and_tells_nothing(there, client):
    with clock.frozen(there.starts_at), transaction():
        cancel_activity(there.coordinator, there.activity.public_id, "Piove.")
        address = pages(there)[1]
    with clock.frozen(there.starts_at + timedelta(hours=1)):
        client.sign_in(session().get(Person, there.coordinator.person_id), with_second_factor=True)
        answer = client.get(address)
    assert answer.status_code == 200 and "Nonna Ada" not in answer.text
