"""Children, consents and authorisations."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Guardianship, Person
from civic.activities.models import Authorisation, Opening, Signup
from civic.activities.services.authorising import Given, write_given
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, SignupState
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id
from civic.organisations.services.verifying import add_member
from civic.outbox.models import OutboxEvent
from tests import factories as make
from tests.web.conftest import give_authenticator

CHILD = {
    "given_name": "Leo",
    "family_name": "Zanotti",
    "birth_on": ["3", "9", "2013"],
    "relationship": "parent",
    "consent": "y",
}


@pytest.fixture
def chiara(client):
    with transaction():
        person = make.account(email="chiara@example.org", name="Chiara")
    client.sign_in(person)
    return person


def add(client, **changes):
    return client.submit("/area-personale/figli/nuovo", CHILD | changes)


def children_of(person: Person) -> list[Person]:
    live = (Guardianship.guardian_id == person.id, Guardianship.ended_at.is_(None))
    statement = sa.select(Person).join(Guardianship, Guardianship.ward_id == Person.id).where(*live).order_by(Person.id)
    return list(session().scalars(statement))


def test_siblings_share_the_mailbox_and_need_no_account(client, chiara):
    assert add(client).status_code == add(client, given_name="Anna").status_code == 302
    leo, anna = children_of(chiara)
    assert leo.email == anna.email == "chiara@example.org"
    assert session().scalar(sa.select(sa.func.count()).select_from(Account)) == 1
    text = client.get("/area-personale/figli").text
    assert "Leo Zanotti" in text and "Anna Zanotti" in text


def test_the_words_agreed_to_for_a_child_are_kept_with_who_agreed(client, chiara):
    add(client)
    kept = session().scalar(sa.select(Consent).where(Consent.given_by_id == chiara.id))
    assert kept.person_id == children_of(chiara)[0].id
    assert kept.text in client.get("/area-personale/figli/nuovo").text.replace("&#39;", "'")


def test_pressing_twice_adds_one_child(client, chiara):
    for _ in range(2):
        add(client, submit_key="abcdefgh23456789")
    assert len(children_of(chiara)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"given_name": ""}, "given_name"),
        ({"birth_on": ["1", "1", "2000"]}, "birth_on"),
        ({"birth_on": ["30", "2", "2014"]}, "birth_on"),
        ({"birth_on": ["1", "1", "2030"]}, "birth_on"),
        ({"relationship": "cousin"}, "relationship"),
        ({"consent": ""}, "consent"),
    ],
)
def test_what_is_wrong_with_a_child_is_said_beside_the_field(client, chiara, changes, field):
    answer = add(client, **changes)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    assert 'value="Zanotti"' in answer.text
    assert children_of(chiara) == []


def test_a_child_is_corrected(client, chiara):
    add(client)
    leo = children_of(chiara)[0]
    path = f"/area-personale/figli/{leo.public_id}"
    assert 'value="2013"' in client.get(path).text
    changed = {"given_name": "Leonardo", "family_name": "Zanotti", "birth_on": ["4", "9", "2013"]}
    assert client.submit(path, changed).status_code == 302
    assert children_of(chiara)[0].given_name == "Leonardo"
    assert client.submit(path, changed | {"given_name": ""}).status_code == 422


def test_the_child_of_others_is_not_found(client, chiara, new_visitor):
    add(client)
    path = f"/area-personale/figli/{children_of(chiara)[0].public_id}"
    with transaction():
        stranger = make.account()
    visitor = new_visitor()
    visitor.sign_in(stranger)
    assert visitor.get(path).status_code == 404
    assert visitor.submit(path, CHILD).status_code == 404
    assert visitor.submit(path + "/togli", {}).status_code == 404
    assert visitor.submit(f"/area-personale/consensi/{path.rsplit('/', 1)[1]}/ritira", {}).status_code == 404
    assert len(children_of(chiara)) == 1


def test_who_turned_18_is_no_longer_in_the_family(client, chiara):
    add(client, birth_on=["24", "11", "2008"])
    assert "Leo Zanotti" in client.get("/area-personale").text
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert "Leo Zanotti" not in client.get("/area-personale").text


def enrol(chiara: Person) -> tuple[str, int, int]:
    """Sign the first child up; return the signup's public id, the opening and the child."""
    leo = children_of(chiara)[0]
    with transaction():
        _, opening, _ = make.published(title="Laboratorio di radio", capacity=1)
        actor = make.actor_of(chiara, wards=frozenset({leo.id}))
        entry = Entry(opening.public_id, leo.id, new_public_id(), authorisation=Given(chiara.id, "Autorizzo Leo."))
        public_id = sign_up(actor, entry)
        make.signed_up(opening, joins_queue=True)
    return public_id, opening.id, leo.id


def state_of(public_id: str) -> SignupState:
    return session().scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


def states_in(opening_id: int) -> list[SignupState]:
    return list(session().scalars(sa.select(Signup.state).where(Signup.opening_id == opening_id).order_by(Signup.id)))


def test_the_signups_of_a_child_appear_to_the_guardian_with_the_name(client, chiara):
    add(client)
    public_id, _, _ = enrol(chiara)
    text = client.get("/area-personale").text
    assert "Laboratorio di radio" in text and f"/iscrizioni/{public_id}" in text and "Ha il posto" in text


def test_an_authorisation_that_is_withdrawn_ends_the_signup_and_the_place_goes_on(client, chiara):
    add(client)
    public_id, opening_id, _ = enrol(chiara)
    text = client.get("/area-personale/consensi").text
    assert "Autorizzo Leo." in text
    path = f"/area-personale/autorizzazioni/{public_id}/ritira"
    assert path in text
    assert client.submit(path, {}).status_code == 302
    assert states_in(opening_id) == [SignupState.CANCELLED, SignupState.OFFERED]
    assert session().scalar(sa.select(Opening.taken).where(Opening.id == opening_id)) == 1
    withdrawn_at = session().scalar(sa.select(Authorisation.withdrawn_at))
    assert withdrawn_at == clock.now()
    assert "SignupCancelled" in list(session().scalars(sa.select(OutboxEvent.name)))
    client.submit(path, {})
    assert states_in(opening_id) == [SignupState.CANCELLED, SignupState.OFFERED]
    assert path not in client.get("/area-personale/consensi").text


def test_a_stranger_withdraws_nothing(client, chiara, new_visitor):
    add(client)
    public_id, _, _ = enrol(chiara)
    with transaction():
        stranger = make.account()
    visitor = new_visitor()
    visitor.sign_in(stranger)
    assert visitor.submit(f"/area-personale/autorizzazioni/{public_id}/ritira", {}).status_code == 404
    assert state_of(public_id) is SignupState.CONFIRMED


def test_after_the_end_there_is_nothing_to_withdraw(client, chiara):
    add(client)
    public_id, _, _ = enrol(chiara)
    with clock.frozen(clock.now() + timedelta(days=15)):
        client.sign_in(chiara)
        client.submit(f"/area-personale/autorizzazioni/{public_id}/ritira", {})
        assert "finita" in client.get("/area-personale/consensi").text
    assert state_of(public_id) is SignupState.CONFIRMED


def test_a_child_taken_off_the_list_gives_its_places_back(client, chiara):
    add(client)
    public_id, _, leo_id = enrol(chiara)
    leo = session().get(Person, leo_id)
    assert client.submit(f"/area-personale/figli/{leo.public_id}/togli", {}).status_code == 302
    assert children_of(chiara) == []
    assert state_of(public_id) is SignupState.CANCELLED


def test_what_another_guardian_authorised_as_well_stays(client, chiara):
    add(client)
    public_id, _, leo_id = enrol(chiara)
    with transaction():
        other = make.guardian_of(session().get(Person, leo_id))
        signup_id = session().scalar(sa.select(Signup.id).where(Signup.public_id == public_id))
        write_given(other, signup_id, Given(other.person_id, "Autorizzo Leo."))
    leo = session().get(Person, leo_id)
    client.submit(f"/area-personale/figli/{leo.public_id}/togli", {})
    assert children_of(chiara) == []
    assert state_of(public_id) is SignupState.CONFIRMED


def test_a_withdrawn_consent_for_a_child_is_dated_and_ends_its_signups(client, chiara):
    add(client)
    public_id, _, leo_id = enrol(chiara)
    leo = session().get(Person, leo_id)
    client.submit(f"/area-personale/consensi/{leo.public_id}/ritira", {})
    assert session().scalar(sa.select(Consent.withdrawn_at).where(Consent.person_id == leo_id)) == clock.now()
    assert state_of(public_id) is SignupState.CANCELLED


def test_withdrawing_the_own_consent_closes_the_account(client, chiara):
    add(client)
    public_id, _, _ = enrol(chiara)
    assert client.submit(f"/area-personale/consensi/{chiara.public_id}/ritira", {}).location == "/"
    assert client.get("/area-personale").status_code == 302
    assert session().scalar(sa.select(Account.disabled_at).where(Account.person_id == chiara.id)) is not None
    assert state_of(public_id) is SignupState.CANCELLED


def test_what_a_sixteen_year_old_agreed_to_is_not_the_guardians_to_withdraw(client):
    with transaction():
        omar = make.account(make.SIXTEEN, name="Omar")
        session().add(
            Consent(person_id=omar.id, purpose="privacy", text="Ho letto", given_by_id=omar.id, given_at=clock.now())
        )
        guardian = make.guardian_of(omar)
        father = session().get(Person, guardian.person_id)
    client.sign_in(father)
    assert f"/area-personale/consensi/{omar.public_id}/ritira" not in client.get("/area-personale/consensi").text
    path = f"/area-personale/figli/{omar.public_id}"
    assert "Ha un account suo" in client.get(path).text
    changed = {"given_name": "Altro", "family_name": "Nome", "birth_on": ["1", "1", "2012"]}
    assert client.submit(path, changed).status_code == 422
    client.submit(f"/area-personale/consensi/{omar.public_id}/ritira", {})
    assert session().scalar(sa.select(Consent.withdrawn_at).where(Consent.person_id == omar.id)) is None


def test_a_young_person_sees_who_answers_for_them_and_ends_it(client):
    with transaction():
        omar = make.account(make.SIXTEEN, name="Omar")
        father = session().get(Person, make.guardian_of(omar).person_id)
    client.sign_in(omar)
    path = f"/area-personale/genitori/{father.public_id}/togli"
    text = client.get("/area-personale/consensi").text
    assert father.full_name in text and path in text
    client.submit(path)
    assert children_of(father) == []
    assert path not in client.get("/area-personale/consensi").text
    assert client.submit(path).status_code == 404


def test_nobody_ends_who_answers_for_somebody_else(client, new_visitor):
    with transaction():
        omar = make.account(make.SIXTEEN)
        father = session().get(Person, make.guardian_of(omar).person_id)
        other = make.account(make.SIXTEEN)
    client.sign_in(other)
    assert client.submit(f"/area-personale/genitori/{father.public_id}/togli").status_code == 404
    assert children_of(father) != []


def test_the_last_owner_of_an_organisation_is_told_why_the_account_stays(client, chiara):
    with transaction():
        row, _ = make.organisation()
        add_member(row.id, chiara.id, OrganisationRole.OWNER)
        give_authenticator(chiara)
    client.sign_in(chiara, with_second_factor=True)
    answer = client.submit(f"/area-personale/consensi/{chiara.public_id}/ritira", follow_redirects=True)
    assert answer.status_code == 200 and "ultima persona titolare" in answer.text
    assert session().scalar(sa.select(Account.disabled_at).where(Account.person_id == chiara.id)) is None


def test_a_volunteer_with_a_past_shift_closes_the_account(client, chiara):
    with transaction():
        activity, opening, _ = make.published(ActivityKind.VOLUNTEERING, meetings=2)
        occurrence = make.occurrences_of(activity)[0]
        opening.occurrence_id = occurrence.id
        session().flush()
        sign_up(make.actor_of(chiara), Entry(opening.public_id, chiara.id, new_public_id()))
    with clock.frozen(clock.now() + timedelta(days=16)):
        client.sign_in(chiara)
        assert client.submit(f"/area-personale/consensi/{chiara.public_id}/ritira").location == "/"
    assert session().scalar(sa.select(Account.disabled_at).where(Account.person_id == chiara.id)) is not None
