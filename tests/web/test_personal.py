"""The personal area: own data, another address, everything to take along, security."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Link, Person, UserSession
from civic.accounts.rules import age_on
from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.activities.models import Signup
from civic.activities.services.answering import cancel_signup
from civic.activities.services.cancelling import cancel_activity
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.outbox.models import OutboxEvent
from tests import factories as make
from tests.web.conftest import code_now, give_authenticator, give_password

PASSWORD = "tre parole di fila"


@pytest.fixture
def ada(client):
    with transaction():
        person = make.account(email="ada@example.org", name="Ada")
        give_password(person, PASSWORD)
    client.sign_in(person)
    return person


def fresh(person: Person) -> Person:
    return session().scalar(sa.select(Person).where(Person.id == person.id))


def test_the_overview_shows_what_comes_next_soonest_first(client):
    with transaction():
        _, later, _ = make.published(title="Laboratorio di teatro", starts_in=timedelta(days=30))
        _, sooner, _ = make.published(title="Laboratorio di radio", starts_in=timedelta(days=3))
        person, actor, _ = make.signed_up(later)
        make.sign_up(actor, make.Entry(sooner.public_id, person.id, make.new_public_id()))
    client.sign_in(person)
    text = client.get("/area-personale").text
    assert text.index("Laboratorio di radio") < text.index("Laboratorio di teatro")
    assert "/iscrizioni/" in text


def test_what_is_over_or_cancelled_stands_apart(client):
    with transaction():
        _, opening, _ = make.published(title="Laboratorio di radio")
        person, actor, public_id = make.signed_up(opening)
        cancel_signup(actor, public_id)
    client.sign_in(person)
    text = client.get("/area-personale").text
    assert "Ancora niente in programma" in text
    assert text.index("Che cosa c&#39;è stato") < text.index("Laboratorio di radio")


def test_a_sixteen_year_old_has_a_personal_area_without_children(client):
    with transaction():
        omar = make.account(make.SIXTEEN, name="Omar")
    client.sign_in(omar)
    text = client.get("/area-personale").text
    assert "Ciao Omar" in text and "/area-personale/figli" not in text
    details = {"given_name": "Leo", "family_name": "B", "birth_on": ["1", "1", "2015"], "relationship": "parent", "consent": "y"}
    answer = client.submit("/area-personale/figli/nuovo", details)
    assert answer.status_code == 422 and "adult" in answer.text


DETAILS = {"given_name": "Ada", "family_name": "Neri", "phone": "", "language": "it"}


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("333 123 4567", "+393331234567", "333 123 4567"),
        ("0039 051-2193111", "+390512193111", "051 219 3111"),
        ("+44 20 7946 0018", "+442079460018", "+44 20 7946 0018"),
        ("", None, ""),
    ],
)
def test_a_telephone_is_kept_in_one_form_and_shown_as_people_write_it(client, ada, typed, kept, shown):
    assert client.submit("/area-personale/dati", DETAILS | {"phone": typed}).status_code == 302
    assert fresh(ada).phone == kept
    assert f'value="{shown}"' in client.get("/area-personale/dati").text


@pytest.mark.parametrize("typed", ["12", "telefono", "+39 000", "333 123 4567 890 123"])
def test_a_telephone_that_cannot_be_called_is_refused_and_kept_on_the_page(client, ada, typed):
    answer = client.submit("/area-personale/dati", DETAILS | {"phone": typed})
    assert answer.status_code == 422
    assert 'id="phone-error"' in answer.text and f'value="{typed}"' in answer.text


def test_name_and_language_change_and_nothing_else_does(client, ada):
    forged = {"email": "ladro@example.org", "birth_on": "2000-01-01", "public_id": "x", "id": "1", "totp_secret": "x"}
    client.submit("/area-personale/dati", DETAILS | {"given_name": "Adele", "language": "en"} | forged)
    after = fresh(ada)
    assert (after.given_name, after.language, after.birth_on) == ("Adele", "en", ada.birth_on)
    assert (after.email, after.public_id) == (ada.email, ada.public_id)
    assert client.submit("/area-personale/dati", DETAILS | {"language": "xx"}).status_code == 422


def account_of(person: Person) -> Account:
    return session().scalar(sa.select(Account).where(Account.person_id == person.id))


def change_link() -> str:
    newest = session().scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == LinkPurpose.CHANGE_ADDRESS))
    return f"/area-personale/indirizzo/{links.token_of(newest)}"


def test_another_address_counts_once_its_link_was_opened(client, ada, new_visitor):
    form = {"email": "Nuova@example.org", "password": PASSWORD}
    assert client.submit("/area-personale/dati/indirizzo", form).location == "/area-personale/dati"
    assert account_of(ada).email == "ada@example.org"
    link, mailbox = change_link(), new_visitor()
    assert mailbox.get(link).status_code == 200
    assert account_of(ada).email == "ada@example.org"
    assert mailbox.submit(link, {}).status_code == 302
    assert (account_of(ada).email, fresh(ada).email) == ("nuova@example.org", "nuova@example.org")
    assert mailbox.submit(link, {}).status_code == 422
    assert {"AddressChangeAsked", "AddressChanged"} <= set(session().scalars(sa.select(OutboxEvent.name)))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"email": "nuova@example.org", "password": "sbagliata davvero"}, "password"),
        ({"email": "nuova@example.org", "password": ""}, "password"),
        ({"email": "nuova", "password": PASSWORD}, "email"),
        ({"email": "ADA@example.org", "password": PASSWORD}, "email"),
    ],
)
def test_an_address_does_not_change_for_who_does_not_know_the_password(client, ada, form, field):
    answer = client.submit("/area-personale/dati/indirizzo", form)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    assert form["email"] in answer.text


def test_the_sixth_change_of_address_in_a_day_must_wait(client, ada):
    for number in range(5):
        client.submit("/area-personale/dati/indirizzo", {"email": f"altra{number}@example.org", "password": PASSWORD})
    client.move()
    answer = client.submit("/area-personale/dati/indirizzo", {"email": "altra6@example.org", "password": PASSWORD})
    assert answer.status_code == 429


def test_nobody_learns_here_that_an_address_has_an_account(client, ada):
    with transaction():
        make.account(email="bea@example.org")
    answers = [
        client.submit("/area-personale/dati/indirizzo", {"email": email, "password": PASSWORD})
        for email in ("bea@example.org", "mai@example.org")
    ]
    assert {(answer.status_code, answer.location) for answer in answers} == {(302, "/area-personale/dati")}


def test_an_address_taken_meanwhile_stays_where_it_is(client, ada):
    client.submit("/area-personale/dati/indirizzo", {"email": "nuova@example.org", "password": PASSWORD})
    with transaction():
        make.account(email="nuova@example.org")
    assert client.submit(change_link(), {}).status_code == 422
    assert account_of(ada).email == "ada@example.org"


def test_everything_known_is_handed_over_and_nothing_of_others(client):
    with transaction():
        _, opening, _ = make.published(title="Laboratorio di radio")
        child = make.person(make.THIRTEEN, name="Leo")
        guardian = make.guardian_of(child)
        person = session().get(Person, guardian.person_id)
        other, _, _ = make.signed_up(opening)
    client.sign_in(person)
    answer = client.submit("/area-personale/dati/scarica", {})
    assert "attachment" in answer.headers["Content-Disposition"]
    data = json.loads(answer.text)
    assert data["me"]["account"][0]["email"] == person.email
    assert data["me"]["sessions"] and data["me"]["person"][0]["given_name"] == person.given_name
    assert [one["person"][0]["given_name"] for one in data["young_people_i_answer_for"]] == ["Leo"]
    assert other.given_name not in answer.text
    assert not any(word in answer.text for word in ("password_hash", "totp_secret", "token_hash"))


def test_an_old_session_asks_for_the_password_before_it_hands_over(client, ada):
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert client.submit("/area-personale/dati/scarica", {}).status_code == 422
        assert client.submit("/area-personale/dati/scarica", {"password": "sbagliata davvero"}).status_code == 422
        answer = client.submit("/area-personale/dati/scarica", {"password": PASSWORD})
        assert answer.mimetype == "application/json"


def test_the_browsers_that_are_signed_in_are_named_and_ended(client, ada, new_visitor):
    other = new_visitor()
    other.sign_in(ada)
    with transaction():
        session().execute(
            sa.update(UserSession).values(agent="Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
        )
    text = client.get("/area-personale/sicurezza").text
    assert text.count("Firefox, Windows") == 2 and text.count("Questo browser") == 1
    assert client.submit("/area-personale/sicurezza/altre-sessioni", {}).status_code == 302
    assert client.get("/area-personale").status_code == 200
    assert other.get("/area-personale").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("sbagliata davvero", "quattro parole tutte nuove", "old_password"),
        (PASSWORD, "corta", "new_password"),
        (PASSWORD, "", "new_password"),
    ],
)
def test_a_password_that_cannot_be_changed_says_why(client, ada, old, new, field):
    answer = client.submit("/area-personale/sicurezza", {"old_password": old, "new_password": new})
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text


def test_the_authenticator_is_put_away_against_a_code(client, ada):
    with transaction():
        give_authenticator(ada)
    client.sign_in(ada, with_second_factor=True)
    assert client.submit("/area-personale/sicurezza/codice", {"code": "000000"}).status_code == 422
    assert client.submit("/area-personale/sicurezza/codice", {"code": code_now()}).status_code == 302
    assert account_of(ada).totp_confirmed_at is None


def test_who_must_have_an_authenticator_keeps_it(client):
    with transaction():
        _, coordinator = make.organisation()
        person = session().get(Person, coordinator.person_id)
        give_authenticator(person)
    client.sign_in(person, with_second_factor=True)
    assert client.submit("/area-personale/sicurezza/codice", {"code": code_now()}).status_code == 422
    assert account_of(person).totp_confirmed_at is not None


PRIVATE = ["", "/dati", "/dati/indirizzo", "/dati/scarica", "/figli", "/figli/nuovo", "/consensi", "/sicurezza"]


@pytest.mark.parametrize("path", PRIVATE)
def test_every_page_speaks_english_too(client, ada, path):
    italian, english = client.get("/area-personale" + path), client.get("/en/area-personale" + path)
    assert italian.status_code == english.status_code == 200
    assert '<html lang="en">' in english.text and 'href="/en/area-personale/dati"' in english.text


def test_who_loses_an_activity_is_led_to_others_with_places_for_their_age(client):
    with transaction():
        activity, opening, coordinator = make.published(capacity=3)
        person, _actor, signup = make.signed_up(opening)
        cancel_activity(coordinator, activity.public_id, "La sala è chiusa.")
        alike, _opening, _actor = make.published(title="Radio di notte")
        full, last, _actor = make.published(title="Radio piena", capacity=1)
        make.signed_up(last)
    client.sign_in(person)
    text = client.get(f"/iscrizioni/{signup}").text
    assert f'href="/attivita/{alike.slug}"' in text and full.title not in text
    assert "La sala è chiusa." in text
    path = f"/laboratori?posti=1&eta={age_on(person.birth_on, clock.today())}"
    assert f'href="{path.replace("&", "&amp;")}"' in text
    assert client.get(path).status_code == 200


def test_who_was_declined_is_not_led_back_to_the_same_activity(client):
    with transaction():
        activity, opening, _coordinator = make.published(capacity=3, title="Radio su richiesta")
        person, _actor, signup = make.signed_up(opening)
        alike, _opening, _actor = make.published(title="Radio di notte")
        session().execute(sa.update(Signup).where(Signup.public_id == signup).values(state="declined"))
    client.sign_in(person)
    text = client.get(f"/iscrizioni/{signup}").text
    assert f'href="/attivita/{alike.slug}">Radio di notte' in text
    assert f'href="/attivita/{activity.slug}">Radio su richiesta' not in text
