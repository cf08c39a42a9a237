"""The desk asks of health with a reason; who conducts reads within the days, each reading is noted, and nobody else reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.services.answering import cancel_signup
from civic.care.models import CareViewing, HealthNote
from civic.care.services import writing
from civic.care.services.deleting import delete_due
from civic.care.types import Collection, Need, Record
from civic.care.types import HealthNote as Note
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.organisations.models import Organisation
from tests import factories as make
from tests.care import TEXT, family


@pytest.fixture
def there(connection):
    with transaction():
        found = family(capacity=9)
        writing.ask_for_health(found.coordinator, found.activity.public_id, frozenset({Need.FOOD}))
        writing.write_health(found.guardian, found.signup, Note(allergies="Zqarachidi"), TEXT)
        writing.write_collection(found.guardian, found.signup, Collection(True), TEXT)
    return found


def base_of(there) -> str:
    slug = session().scalar(sa.select(Organisation.slug).where(Organisation.id == there.activity.organisation_id))
    return f"/gestione/{slug}/attivita/{there.activity.public_id}"


def coordinator_of(there, visitor):
    visitor.sign_in(session().get(Person, there.coordinator.person_id), with_second_factor=True)
    return visitor


def test_who_conducts_reads_within_the_days_and_the_family_sees_it(there, new_visitor):
    path, moment = f"{base_of(there)}/note", timedelta(seconds=1)
    opens, closes = there.starts_at - timedelta(hours=48), there.ends_at + timedelta(hours=24)
    for when, reads in ((opens - moment, False), (opens, True), (closes, True), (closes + moment, False)):
        with clock.frozen(when):
            text = coordinator_of(there, new_visitor()).get(path).text
            assert ("Zqarachidi" in text) is reads and ("Chi conduce può leggere le note" in text) is not reads
            assert there.child.family_name not in text
    seen = session().execute(sa.select(CareViewing.record, CareViewing.in_full)).all()
    assert sorted(seen) == sorted([(Record.HEALTH, True), (Record.COLLECTION, True)] * 2)


def test_who_does_not_conduct_reads_nothing(there, new_visitor):
    with transaction():
        other = make.account()
        make.member(there.activity.organisation_id, other.id)
    visitor = new_visitor()
    with clock.frozen(there.starts_at):
        visitor.sign_in(other, with_second_factor=True)
        text = visitor.get(f"{base_of(there)}/note").text
    assert "Zqarachidi" not in text and "Qui non c" in text
    assert session().scalar(sa.select(sa.func.count()).select_from(CareViewing)) == 0


def test_the_desk_asks_and_stops_asking_and_then_nothing_stays(there, client):
    path = f"{base_of(there)}/salute"
    coordinator_of(there, client)
    assert f'href="{path}"' in client.get(base_of(there)).text
    assert 'value="food" checked' in client.get(path).text
    assert client.submit(path, {"needs": "zz"}).status_code == 422
    assert "lo chiediamo alle famiglie" in client.submit(path, {"needs": "movement"}, follow_redirects=True).text
    assert "1 nota scritta da una famiglia viene cancellata" in client.submit(path, {}).text
    assert session().scalar(sa.select(sa.func.count()).select_from(HealthNote)) == 1
    assert "quello che era scritto è cancellato" in client.submit(path, {"sure": "1"}, follow_redirects=True).text
    assert session().scalar(sa.select(sa.func.count()).select_from(HealthNote)) == 0


def test_the_desk_reads_how_much_was_deleted_and_of_nobody(there, client):
    with transaction():
        cancel_signup(there.guardian, there.signup)
        delete_due(Record.HEALTH)
    coordinator_of(there, client)
    text = client.get(f"{base_of(there)}/salute").text
    assert "Cancellate finora" in text and "Salute: 1" in text and there.child.given_name not in text
