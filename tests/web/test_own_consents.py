"""Who is 14 and has no account decides on the own data through the link of a mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Guardianship, Person
from civic.accounts.services import people
from civic.activities.models import Authorisation, Signup
from civic.activities.services import erasing, paper
from civic.activities.services.authorising import Given
from civic.activities.services.own_consent import consent_token
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import AuthorisationAnswer, SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id
from civic.outbox import draining
from tests import factories as make


@pytest.fixture
def leo(connection) -> Person:
    """Sixteen, without an account, with an address; a parent agreed for him and enrolled him in a workshop."""
    with transaction():
        child = make.person(make.SIXTEEN, name="Leo", email="leo@example.org")
        parent = make.guardian_of(child)
        people.give_consent(child.id, parent.person_id, "Acconsento per Leo")
        _activity, opening, _coordinator = make.published(age_min=11, age_max=19)
        entry = Entry(opening.public_id, child.id, new_public_id(), authorisation=Given(parent.person_id, "Autorizzo."))
        sign_up(parent, entry)
    return child


def path_of(person: Person) -> str:
    return f"/consensi/{consent_token(person.public_id, person.email)}"


def standing() -> list[tuple[bool, bool]]:
    """Of each consent: whether it is one's own, and whether it stands."""
    rows = session().execute(sa.select(Consent).order_by(Consent.id)).scalars()
    return [(one.given_by_id == one.person_id, one.withdrawn_at is None) for one in rows]


def test_the_link_shows_what_was_agreed_and_opening_it_changes_nothing(client, leo):
    text = client.get(path_of(leo)).text
    assert "Acconsento per Leo" in text and "Dato per te il" in text
    assert standing() == [(False, True)]


def test_they_make_the_consent_their_own_once(client, leo):
    for _ in range(2):
        assert "il consenso è tuo" in client.submit(path_of(leo), {"answer": "confirm"}, follow_redirects=True).text
    assert standing() == [(False, True), (True, True)]
    assert "Dato da te il" in client.get(path_of(leo)).text


@pytest.mark.parametrize("answer", [{}, {"answer": ""}, {"answer": "yes"}])
def test_what_is_no_answer_confirms_nothing(client, leo, answer):
    assert client.submit(path_of(leo), answer).status_code == 302
    assert standing() == [(False, True)]


@pytest.mark.parametrize("shut", [{"confirmed_at": None}, {"disabled_at": clock.now()}])
def test_an_account_that_lets_nobody_in_leaves_the_link_open(client, leo, shut):
    with transaction():
        now = clock.now()
        values = {"person_id": leo.id, "email": leo.email, "confirmed_at": now, "created_at": now, **shut}
        session().add(Account(**values))
    assert client.get(path_of(leo)).status_code == 200


def test_a_signature_on_paper_is_taken_back_too(client, connection):
    with transaction():
        _activity, opening, coordinator = make.published(age_min=11, age_max=19)
        child, _actor, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=make.account().id)
        paper.record_paper(coordinator, signup, paper.Sheet("Fatima", "El Amrani", "testo", "informativa", "+390512345678"))
        session().execute(sa.delete(Account).where(Account.person_id == child.id))
    client.submit(path_of(child), {"answer": "withdraw"})
    granted = sa.select(Authorisation.withdrawn_at).where(Authorisation.answer == AuthorisationAnswer.GRANTED)
    assert None not in session().scalars(granted).all()


def test_closing_the_account_takes_back_what_a_parent_agreed_to(client, connection):
    with transaction():
        young = make.account(make.SIXTEEN)
        people.give_consent(young.id, make.guardian_of(young).person_id, "Acconsento")
    client.sign_in(young)
    client.submit(f"/area-personale/consensi/{young.public_id}/ritira")
    assert standing() == [(False, False)]
    assert session().scalar(sa.select(Guardianship.ended_at)) is not None


def test_they_take_it_back_and_within_a_day_nobody_knows_them(client, leo):
    assert client.submit(path_of(leo), {"answer": "withdraw"}).status_code == 302
    assert standing() == [(False, False)]
    assert session().scalar(sa.select(Signup.state)) is SignupState.CANCELLED
    assert session().scalar(sa.select(Guardianship.ended_at)) is not None
    draining.drain()
    with transaction(), clock.frozen(clock.now() + timedelta(hours=23)):
        erasing.erase_not_agreed()
    session().expire_all()
    assert session().get(Person, leo.id).given_name == ""
    assert client.get(path_of(leo)).status_code == 404


@pytest.mark.parametrize("spoil", ["younger", "other address", "account", "signature", "erased"])
def test_the_link_opens_for_nobody_else(client, leo, spoil):
    path = path_of(leo)
    with transaction():
        person = session().get(Person, leo.id)
        if spoil == "younger":
            person.birth_on = clock.today() - timedelta(days=14 * 365)
        elif spoil == "other address":
            person.email = "altro@example.org"
        elif spoil == "account":
            session().add(Account(person_id=leo.id, email=leo.email, confirmed_at=clock.now(), created_at=clock.now()))
        elif spoil == "erased":
            person.erased_at = clock.now()
        else:
            path = path[:-1] + ("a" if path[-1] != "a" else "b")
    assert client.get(path).status_code == 404
    assert client.submit(path, {"answer": "withdraw"}).status_code == 404
    assert standing() == [(False, True)]
