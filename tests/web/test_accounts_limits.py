"""Guessing is hopeless, and nobody can lock out somebody else."""

from __future__ import annotations

import pytest
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from civic.accounts.services import signing_in as service
from civic.extensions import limiter
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
    return person


def guess(visitor, email="ada@example.org", password="sbagliata davvero"):
    return visitor.submit("/accedi", {"email": email, "password": password})


def guess_ten_times(visitor) -> None:
    assert {guess(visitor).status_code for _ in range(10)} == {422}


def test_the_eleventh_attempt_must_wait(client, ada):
    guess_ten_times(client)
    answer = guess(client, password=PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert "Troppi tentativi" in answer.text
    assert "Too many attempts" in client.submit("/en/accedi", {"email": "ada@example.org", "password": "x"}).text


def test_from_another_network_the_right_password_and_code_get_in(client, ada, new_visitor):
    with transaction():
        give_authenticator(ada)
    guess_ten_times(client)
    assert guess(client).status_code == 429
    elsewhere = new_visitor()
    assert guess(elsewhere, password=PASSWORD).location == "/codice"
    assert elsewhere.submit("/codice", {"code": code_now()}).status_code == 302
    assert elsewhere.get("/area-personale").status_code == 200


def test_one_network_cannot_go_through_the_addresses(client, ada):
    for number in range(10):
        assert guess(client, email=f"persona{number}@example.org").status_code == 422
    assert guess(client, email="altra@example.org").status_code == 429


def test_who_knows_the_password_may_sign_in_as_often_as_they_like(client, ada):
    assert {guess(client, password=PASSWORD).status_code for _ in range(15)} == {302}


def test_a_claimed_address_of_another_network_changes_nothing(client, ada):
    guess_ten_times(client)
    data = {"email": "ada@example.org", "password": PASSWORD}
    assert client.submit("/accedi", data, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429


def test_a_house_in_ipv6_counts_as_one(client, ada):
    for number in range(10):
        client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{number:x}"
        assert guess(client).status_code == 422
    client.environ_base["REMOTE_ADDR"] = "2001:db8:1:2:ffff::1"
    assert guess(client).status_code == 429
    client.environ_base["REMOTE_ADDR"] = "2001:db8:1:3::1"
    assert guess(client).status_code == 422


def test_the_sixth_code_must_wait_and_another_session_need_not(client, ada, new_visitor):
    with transaction():
        give_authenticator(ada)
    guess(client, password=PASSWORD)
    assert {client.submit("/codice", {"code": "000000"}).status_code for _ in range(5)} == {422}
    assert client.submit("/codice", {"code": code_now()}).status_code == 429
    elsewhere = new_visitor()
    guess(elsewhere, password=PASSWORD)
    assert elsewhere.submit("/codice", {"code": code_now()}).status_code == 302


def test_signing_in_again_gives_no_more_codes_than_twenty_an_hour(client, ada):
    with transaction():
        give_authenticator(ada)
    for _ in range(4):
        guess(client, password=PASSWORD)
        assert {client.submit("/codice", {"code": "000000"}).status_code for _ in range(5)} == {422}
    guess(client, password=PASSWORD)
    assert client.submit("/codice", {"code": "000000"}).status_code == 429


def mails() -> int:
    return session().query(OutboxEvent).count()


def test_five_reset_mails_a_day_and_then_silence_in_the_same_words(client, ada, new_visitor):
    answers = [client.submit("/password", {"email": "ada@example.org"}) for _ in range(6)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(302, "/controlla-la-posta?per=password")}
    assert mails() == 5
    new_visitor().submit("/password", {"email": "ada@example.org"})
    assert mails() == 6


def test_the_same_silence_for_an_address_without_account(client, ada):
    answers = [client.submit("/password", {"email": "mai@example.org"}) for _ in range(6)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(302, "/controlla-la-posta?per=password")}


def register(visitor, number: int):
    return visitor.submit(
        "/registrati",
        {
            "given_name": "Ada", "family_name": "Neri", "birth_on": ["3", "5", "1990"], "email": f"nuova{number}@example.org",
            "password": PASSWORD, "consent": "y",
        },
    )  # fmt: skip


def test_a_network_registers_twenty_accounts_an_hour(client, new_visitor):
    assert {register(client, number).status_code for number in range(20)} == {302}
    assert register(client, 20).status_code == 429
    assert register(new_visitor(), 20).status_code == 302


def test_with_redis_away_it_is_still_limited(client, ada, monkeypatch):
    nowhere = storage_from_string("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    monkeypatch.setattr(limiter, "_storage", nowhere)
    monkeypatch.setattr(limiter, "_limiter", MovingWindowRateLimiter(nowhere))
    monkeypatch.setattr(limiter, "_storage_dead", False)
    limiter._fallback_storage.reset()
    guess_ten_times(client)
    assert guess(client).status_code == 429


def test_what_the_limits_keep_names_nobody(client, ada, monkeypatch):
    kept = []
    storage = limiter.limiter.storage
    acquire = storage.acquire_entry

    def spy(key, *rest, **more):
        kept.append(key)
        return acquire(key, *rest, **more)

    monkeypatch.setattr(storage, "acquire_entry", spy)
    guess(client)
    assert kept and not any("ada" in key or "example" in key for key in kept)


def test_a_thief_of_the_cookie_does_not_guess_the_password_inside(client, ada):
    client.sign_in(ada)
    wrong = {"old_password": "sbagliata davvero", "new_password": "quattro parole tutte nuove"}
    assert {client.submit("/area-personale/sicurezza", wrong).status_code for _ in range(10)} == {422}
    assert client.submit("/area-personale/sicurezza", wrong | {"old_password": PASSWORD}).status_code == 429


def test_two_who_send_one_code_at_once_are_one(client, ada):
    with transaction():
        give_authenticator(ada)
    client.sign_in(ada)
    code = code_now()
    assert client.submit("/codice", {"code": code}).status_code == 302
    client.sign_in(ada)
    assert client.submit("/codice", {"code": code}).status_code == 422
    assert service.STEP_SECONDS == 30
