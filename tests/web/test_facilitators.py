"""Who conducts an activity: said at the desk, missed today, watched by the safeguarding officer, and shown to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.models import Activity
from civic.activities.queries import conducting
from civic.kernel import clock
from civic.kernel.actor import SYSTEM, OrganisationRole
from civic.kernel.db import session, transaction
from civic.organisations.models import Membership
from civic.organisations.services import members
from civic.safeguarding import services
from civic.safeguarding.services import Seen
from civic.safeguarding.types import Outcome
from tests import factories as make
from tests.web import cast as casting
from tests.web.test_access import rules_of, url_of


@pytest.fixture
def cast(connection):
    with transaction():
        return casting.assemble()


def base_of(cast) -> str:
    return f"/gestione/{cast.values['organisation']}"


def membership_of(person) -> Membership:
    return session().scalar(sa.select(Membership).where(Membership.person_id == person.id, Membership.ended_at.is_(None)))


def declare(person, days: int, outcome: Outcome = Outcome.CLEAR) -> None:
    with transaction():
        make.declared(membership_of(person), outcome, days)


def activity_of(cast, name: str) -> Activity:
    return session().scalar(sa.select(Activity).where(Activity.public_id == cast.values[name]))


def test_a_draft_says_what_is_missing_until_it_is_there_and_then_it_is_published(cast, client):
    page = f"{base_of(cast)}/attivita/{cast.values['draft']}"
    anna = cast.people["facilitator"]
    cast.visit_as("coordinator", client)
    assert "Di&#39; chi la conduce" in client.get(page).text
    assert "chi la conduce" in client.submit(f"{page}/pubblica", follow_redirects=True).text
    client.submit(f"{page}/conduce", {"person": anna.public_id})
    assert f"Manca la dichiarazione per {anna.full_name}" in client.get(page).text
    client.submit(f"{page}/pubblica")
    assert activity_of(cast, "draft").state == "draft"
    declare(anna, 90)
    text = client.get(page).text
    assert "Certificato valido fino a" in text and "Per pubblicare un laboratorio" not in text
    client.submit(f"{page}/pubblica")
    assert activity_of(cast, "draft").state == "published"
    refused = client.submit(f"{page}/conduce/togli", {"person": anna.public_id}, follow_redirects=True).text
    assert "Di&#39; chi la conduce" in refused and anna.full_name in refused


def test_who_is_no_member_is_not_found_and_a_cancelled_activity_takes_nobody(cast, client):
    page = f"{base_of(cast)}/attivita/{cast.values['activity']}"
    cast.visit_as("coordinator", client)
    for stranger in (cast.people["adult"].public_id, "", "x" * 300):
        for path in ("conduce", "conduce/togli"):
            assert client.submit(f"{page}/{path}", {"person": stranger}).status_code == 404
    client.submit(f"{page}/annulla", {"reason": "La sala è chiusa"})
    assert 'id="conduce-person"' not in client.get(page).text


def test_what_public_workshops_lack_and_whose_declaration_ends_soon_is_there_to_do_today(cast, client):
    coordinator = cast.people["coordinator"]
    cast.visit_as("owner", client)
    today = client.get(base_of(cast)).text
    assert "che cosa manca" not in today and "stanno per scadere" not in today
    declare(coordinator, 30)
    today = client.get(base_of(cast)).text
    assert "stanno per scadere" in today and coordinator.full_name in today and "che cosa manca" not in today
    declare(coordinator, 90, Outcome.NOT_CLEAR)
    today = client.get(base_of(cast)).text
    assert f"{coordinator.full_name} non può condurre" in today and "stanno per scadere" not in today
    assert f"/attivita/{cast.values['activity']}#conduce" in today
    assert activity_of(cast, "activity").state == "published"
    with clock.frozen(clock.now() + timedelta(days=40)):
        cast.visit_as("owner", client)
        assert "che cosa manca" not in client.get(base_of(cast)).text


def test_who_leaves_is_missing_in_the_workshop_at_once(cast, client):
    with transaction():
        row = cast.organisation
        actor = make.actor_of(cast.people["coordinator"], organisations={row.id: OrganisationRole.COORDINATOR})
        members.leave(actor, row.id)
    cast.visit_as("owner", client)
    assert "Di&#39; chi la conduce" in client.get(base_of(cast)).text


def test_the_safeguarding_officer_sees_each_adult_and_what_is_missing(cast, client):
    coordinator, anna = cast.people["coordinator"], cast.people["facilitator"]
    with transaction():
        services.declare(SYSTEM, cast.organisation.id, anna.public_id, Seen(clock.today(), clock.today(), Outcome.CLEAR))
        session().add(conducting_row(activity_of(cast, "activity"), anna))
    cast.visit_as("safeguarding", client)
    text = client.get("/amministrazione/tutela").text
    assert cast.organisation.name in text and coordinator.full_name in text and anna.full_name in text
    assert "Certificato valido fino a domenica 23 maggio 2027" in text and "dichiarato da sé" not in text
    declare(anna, 90, Outcome.NOT_CLEAR)
    text = client.get("/amministrazione/tutela").text
    assert f"{anna.full_name} non può condurre laboratori" in text
    assert "Bozza segreta" not in text


def conducting_row(activity: Activity, person):
    membership = membership_of(person)
    return make.ActivityFacilitator(activity_id=activity.id, membership_id=membership.id, added_at=clock.now())


def test_who_declared_their_own_certificate_stands_out(cast, client):
    with transaction():
        row, coordinator = make.organisation()
        make.published(by=(row, coordinator))
        own = session().get(make.Person, coordinator.person_id).public_id
        services.declare(coordinator, row.id, own, Seen(clock.today(), clock.today(), Outcome.CLEAR))
    cast.visit_as("safeguarding", client)
    assert client.get("/amministrazione/tutela").text.count("dichiarato da sé") == 1


def test_the_officer_finds_an_organisation_among_many(cast, client, monkeypatch):
    with transaction():
        names = [make.published()[0].organisation_id for _ in range(3)]
        rows = [session().get(make.Organisation, one) for one in names]
    cast.visit_as("safeguarding", client)
    monkeypatch.setattr(conducting, "PER_PAGE", 2)
    first, second = (client.get(f"/amministrazione/tutela?pagina={page}").text for page in (1, 2))
    assert sum(row.name in first for row in rows) < 3 and all(row.name in first + second for row in rows)
    found = client.get(f"/amministrazione/tutela?q={rows[2].name}").text
    assert rows[2].name in found and rows[0].name not in found
    nothing = client.get("/amministrazione/tutela?q=zzzz").text
    assert "Togli la ricerca" in nothing and rows[0].name not in nothing


@pytest.mark.parametrize("role", casting.ROLES)
def test_of_declarations_nobody_else_sees_a_word(app, cast, new_visitor, role):
    with transaction():
        for name, outcome in (("coordinator", Outcome.NOT_CLEAR), ("facilitator", Outcome.CLEAR)):
            make.declared(membership_of(cast.people[name]), outcome, 41)
    words = ("on può condurre", "certificato dichiarato", "Certificato valido", "3 gennaio 2027", "not_clear")
    visitor = cast.visit_as(role, new_visitor())
    met = []
    for rule in rules_of(app):
        if "GET" in rule.methods:
            visitor.move()
            text = visitor.get(url_of(rule, cast.values)).get_data().decode(errors="replace")
            met += [(rule.endpoint, word) for word in words if word in text]
    if role in (*casting.EDITORS, "safeguarding"):
        assert met != []
    else:
        assert met == []
