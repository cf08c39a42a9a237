"""Opening an account, confirming the address, a forgotten password: nobody learns who has an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts import passwords
from civic.accounts.models import Account, Consent, Link, Person
from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.outbox.models import OutboxEvent
from civic.web.accounts.texts import account_text
from tests import factories as make
from tests.web.conftest import give_password

PASSWORD = "tre parole di fila"
FORM = {
    "given_name": "Ada",
    "family_name": "Neri",
    "birth_on": ["3", "5", "1990"],
    "email": "ada@example.org",
    "password": PASSWORD,
    "consent": "y",
}


def account(email="ada@example.org") -> Account | None:
    return session().scalar(sa.select(Account).where(Account.email == email))


def count(model) -> int:
    return session().scalar(sa.select(sa.func.count()).select_from(model))


def events() -> list[str]:
    return list(session().scalars(sa.select(OutboxEvent.name).order_by(OutboxEvent.id)))


def token_for(purpose: LinkPurpose) -> str:
    return links.token_of(session().scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def register(visitor, path="/registrati", **changes):
    return visitor.submit(path, FORM | changes)


def test_registering_leads_through_the_mail_into_the_personal_area(client):
    answer = register(client)
    assert answer.location == "/controlla-la-posta?per=registrazione"
    assert client.get(answer.location).status_code == 200
    assert account().confirmed_at is None
    link = f"/registrazione/{token_for(LinkPurpose.CONFIRM_ADDRESS)}"
    assert client.get(link).status_code == client.get(link).status_code == 200
    assert account().confirmed_at is None
    assert client.submit(link, {}).location == "/area-personale"
    assert "Ciao Ada" in client.get("/area-personale").text
    assert client.submit(link, {}).status_code == 422


def test_another_browser_is_asked_for_the_password(client, new_visitor):
    register(client)
    link = f"/registrazione/{token_for(LinkPurpose.CONFIRM_ADDRESS)}"
    phone = new_visitor()
    assert 'name="password"' in phone.get(link).text
    assert phone.submit(link, {}).status_code == 422
    assert phone.submit(link, {"password": "sbagliata davvero"}).status_code == 422
    assert phone.submit(link, {"password": PASSWORD}).status_code == 302


def test_nobody_waits_for_the_click_of_another(client, new_visitor):
    """An attacker registers again with a password of their own after the owner did: the owner's click gives them nothing."""
    register(client)
    register(new_visitor(), password="parole di un ladro")
    link = f"/registrazione/{token_for(LinkPurpose.CONFIRM_ADDRESS)}"
    assert 'name="password"' in client.get(link).text
    assert client.submit(link, {"password": PASSWORD}).status_code == 422
    assert account().confirmed_at is None


def test_the_exact_words_agreed_to_are_kept_in_the_language_they_were_read_in(client):
    register(client, path="/en/registrati")
    assert count(Consent) == 0, "what was agreed to counts from the click"
    client.submit(f"/registrazione/{token_for(LinkPurpose.CONFIRM_ADDRESS)}", {})
    person = session().get(Person, account().person_id)
    kept = session().scalar(sa.select(Consent.text).where(Consent.person_id == person.id))
    assert person.language == "en"
    assert kept.startswith("The Metropolitan City of Bologna uses name")
    client.submit("/esci", {})
    register(client, email="altra@example.org")
    client.submit(f"/registrazione/{token_for(LinkPurpose.CONFIRM_ADDRESS)}", {})
    kept = session().scalar(sa.select(Consent.text).where(Consent.person_id == account("altra@example.org").person_id))
    assert kept == account_text() and kept.startswith("La Città metropolitana")


def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(client, new_visitor):
    with transaction():
        known = make.account(email="nota@example.org")
        give_password(known, PASSWORD)
    answers = [register(new_visitor(), email=email) for email in ("nota@example.org", "nuova@example.org")]
    assert {(answer.status_code, answer.location, answer.text) for answer in answers} == {
        (302, "/controlla-la-posta?per=registrazione", answers[0].text)
    }
    assert events() == ["RegistrationRepeated", "AccountRegistered"]
    assert [answer.headers["Set-Cookie"].count("civic=") for answer in answers] == [1, 1]


def test_a_known_address_and_an_unknown_one_get_the_same_link_or_none(client, new_visitor):
    with transaction():
        make.account(email="nota@example.org")
    answers = [new_visitor().submit("/password", {"email": email}) for email in ("nota@example.org", "mai@example.org")]
    assert {(answer.status_code, answer.location, answer.text) for answer in answers} == {
        (302, "/controlla-la-posta?per=password", answers[0].text)
    }
    assert events() == ["PasswordResetAsked"]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("page", ["sign_in", "register"])
def test_the_same_work_is_done_for_every_address(client, monkeypatch, page, is_known):
    if is_known:
        with transaction():
            give_password(make.account(email="ada@example.org"), PASSWORD)
    work = []
    hasher = passwords._hasher

    class Counting:
        def hash(self, password):
            work.append("hash")
            return hasher.hash(password)

        def verify(self, kept, password):
            work.append("verify")
            return hasher.verify(kept, password)

        def check_needs_rehash(self, kept):
            return False

    monkeypatch.setattr(passwords, "_hasher", Counting())
    if page == "sign_in":
        client.submit("/accedi", {"email": "ada@example.org", "password": "sbagliata davvero"})
        assert work == ["verify"]
    else:
        register(client)
        assert work == ["hash"]


def test_pressing_twice_registers_once(client):
    data = FORM | {"submit_key": "abcdefgh23456789"}
    assert client.submit("/registrati", data).location == client.submit("/registrati", data).location
    assert events() == ["AccountRegistered"]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"birth_on": ["1", "1", "2013"]}, "birth_on", "14 anni"),
        ({"birth_on": ["31", "2", "2000"]}, "birth_on", "giorno"),
        ({"birth_on": ["1", "1", "2030"]}, "birth_on", "futuro"),
        ({"birth_on": ["1", "1", "1880"]}, "birth_on", "120"),
        ({"birth_on": ["", "", ""]}, "birth_on", "giorno, mese e anno"),
        ({"email": "ada"}, "email", "nome@esempio.it"),
        ({"email": "ada@exa mple.org"}, "email", "nome@esempio.it"),
        ({"password": "corta"}, "password", "10 caratteri"),
        ({"password": "password123"}, "password", "prime"),
        ({"password": "aaaaaaaaaaaa"}, "password", "prime"),
        ({"given_name": "  "}, "given_name", "nome"),
        ({"family_name": ""}, "family_name", "Serve"),
        ({"given_name": "a" * 81}, "given_name", "80"),
        ({"consent": ""}, "consent", "non possiamo"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(client, changes, field, sentence):
    answer = register(client, **changes)
    assert answer.status_code == 422
    beside = answer.text.split(f'id="{field}-error"', 1)[1].split("</p>", 1)[0]
    assert sentence in beside
    for name in {"given_name", "family_name", "email"} - changes.keys():
        assert f'value="{FORM[name]}"' in answer.text
    if "birth_on" not in changes:
        assert 'value="1990"' in answer.text
    assert count(Account) == 0


def test_all_that_is_wrong_is_said_at_once(client):
    text = register(client, birth_on=["1", "1", "2015"], password="corta", family_name="").text
    assert all(f'id="{name}-error"' in text for name in ("birth_on", "password", "family_name"))


def test_fourteen_today_may_have_an_account_and_tomorrow_may_not(client, frozen):
    today = clock.today()
    day, month = str(today.day), str(today.month)
    assert register(client, birth_on=[day, month, str(today.year - 14)]).status_code == 302
    tomorrow = today + timedelta(days=1)
    parts = [str(tomorrow.day), str(tomorrow.month), str(tomorrow.year - 14)]
    assert register(client, birth_on=parts, email="altra@example.org").status_code == 422


def test_a_slip_in_the_address_is_suggested_once_and_never_corrected(client):
    answer = register(client, email="ada@gmial.com")
    assert answer.status_code == 422
    assert "ada@gmail.com" in answer.text
    assert 'value="ada@gmial.com"' in answer.text
    assert count(Account) == 0
    assert register(client, email="ada@gmial.com", email_checked="ada@gmial.com").status_code == 302
    assert account("ada@gmial.com") is not None


def test_who_signed_up_before_finds_it_in_the_new_account(client):
    with transaction():
        before = make.person(make.ADULT, name="Ada", email="ada@example.org")
        before.family_name = "Neri"
    register(client)
    assert account().person_id == before.id


def test_who_registers_anew_with_other_data_does_not_rename_anybody(client):
    register(client)
    first = account().person_id
    register(client, given_name="Bea")
    assert session().get(Person, first).given_name == "Ada"
    assert session().get(Person, account().person_id).given_name == "Bea"


def test_a_new_registration_kills_the_link_before(client):
    register(client)
    old = token_for(LinkPurpose.CONFIRM_ADDRESS)
    register(client)
    assert client.submit(f"/registrazione/{old}", {}).status_code == 422
    assert account().confirmed_at is None


@pytest.mark.parametrize("path", ["/registrazione/", "/password/", "/area-personale/indirizzo/"])
@pytest.mark.parametrize("token", ["1-x", "x", "999999-abc", "1", "-", "0-" + "a" * 300])
def test_a_link_that_is_not_ours_opens_nothing(client, path, token):
    assert client.get(path + token).status_code == 404
    assert client.submit(path + token, {}).status_code == 404


def ask_reset(client, email="ada@example.org") -> str:
    client.submit("/password", {"email": email})
    return f"/password/{token_for(LinkPurpose.RESET_PASSWORD)}"


@pytest.fixture
def ada(client):
    with transaction():
        person = make.account(email="ada@example.org", name="Ada")
        give_password(person, PASSWORD)
    return person


def test_a_forgotten_password_is_replaced_through_the_mail_once(client, ada):
    link = ask_reset(client)
    assert client.get(link).status_code == client.get(link).status_code == 200
    short = client.submit(link, {"password": "corta"})
    assert short.status_code == 422 and 'id="password-error"' in short.text
    assert client.submit(link, {"password": "quattro parole tutte nuove"}).location == "/accedi"
    assert client.submit(link, {"password": "cinque parole di un ladro"}).status_code == 422
    entered = client.submit("/accedi", {"email": "ada@example.org", "password": "quattro parole tutte nuove"})
    assert entered.status_code == 302
    assert "PasswordChanged" in events()


def test_a_reset_link_dies_after_half_an_hour_or_with_the_next_one(client, ada):
    first = ask_reset(client)
    second = ask_reset(client)
    assert client.submit(first, {"password": "quattro parole tutte nuove"}).status_code == 422
    with clock.frozen(clock.now() + timedelta(minutes=30)):
        assert client.submit(second, {"password": "quattro parole tutte nuove"}).status_code == 422


@pytest.mark.parametrize("path", ["/accedi", "/registrati", "/password", "/controlla-la-posta", "/area-personale"])
def test_opening_a_page_writes_nothing(client, ada, path):
    client.sign_in(ada)
    before = written()
    client.get(path)
    assert written() == before


def written() -> list[tuple]:
    counts = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables ORDER BY relname"
    return [tuple(row) for row in session().execute(sa.text(counts))]


def test_the_form_tells_the_browser_what_it_asks_for(client):
    text = client.get("/registrati").text
    for name in ("given-name", "family-name", "email", "new-password", "bday-day"):
        assert f'autocomplete="{name}"' in text
    text = client.get("/accedi").text
    assert 'autocomplete="username"' in text and 'autocomplete="current-password"' in text


def test_an_address_that_no_mail_reaches_is_refused_beside_its_field(client):
    answer = register(client, email="zoë@example.org")
    assert answer.status_code == 422
    assert "Prima della @ solo lettere senza accenti" in answer.text
    assert count(Account) == 0


def test_a_domain_with_accents_is_one_address_however_it_is_written(client):
    register(client, email="ada@MÜNCHEN.example")
    assert account("ada@xn--mnchen-3ya.example") is not None
    register(client, email="ada@xn--mnchen-3ya.example")
    assert count(Account) == 1
