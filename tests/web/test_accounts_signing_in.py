"""Signing in, the one-time code, signing out: what dies with a session, and where one may be sent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, RecoveryCode, UserSession
from civic.accounts.services import closing, links, registering, roles, sessions
from civic.accounts.services.signing_in import grant_role
from civic.accounts.types import LinkPurpose
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import SYSTEM, Role
from civic.kernel.db import session, transaction
from civic.organisations.models import Membership
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


def account_of(person) -> Account:
    return session().scalar(sa.select(Account).where(Account.person_id == person.id))


def sign_in(visitor, password=PASSWORD, email="ada@example.org", path="/accedi"):
    return visitor.submit(path, {"email": email, "password": password})


def is_in(visitor) -> bool:
    return visitor.get("/area-personale").status_code == 200


def test_the_right_password_opens_the_personal_area(client, ada):
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (302, "/area-personale")
    assert "Ada" in client.get("/area-personale").text


def test_the_address_may_be_written_in_any_case(client, ada):
    assert sign_in(client, email=" ADA@Example.org ").status_code == 302


@pytest.mark.parametrize("case", ["wrong", "unknown", "unconfirmed", "disabled"])
def test_one_sentence_for_everything_that_is_not_right(client, ada, case):
    with transaction():
        account = account_of(ada)
        if case == "unconfirmed":
            session().get(Account, account.id).confirmed_at = None
        if case == "disabled":
            closing.disable_account(SYSTEM, account.id)
    email = "nessuno@example.org" if case == "unknown" else "ada@example.org"
    answer = sign_in(client, "sbagliata davvero" if case == "wrong" else PASSWORD, email)
    assert answer.status_code == 422
    assert "L&#39;indirizzo o la password non " in answer.text
    assert f'value="{email}"' in answer.text
    assert PASSWORD not in answer.text


def test_a_missing_field_is_said_beside_it(client, ada):
    answer = client.submit("/accedi", {"email": "", "password": ""})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text and 'id="password-error"' in answer.text


def test_without_a_token_nothing_is_done(client, ada):
    answer = client.post("/accedi", data={"email": "ada@example.org", "password": PASSWORD})
    assert answer.status_code == 400
    assert not is_in(client)


def test_another_site_cannot_send_the_form(client, ada):
    answer = client.submit(
        "/accedi", {"email": "ada@example.org", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://male.example", "//male.example", "/\\male.example", "\\\\male.example", "http:male.example", "",
        "javascript:alert(1)", "/\tmale.example", "\t//male.example", " //male.example", "///male.example",
        "/%0d%0aLocation:%20x\r\n", "male.example", "https:///male.example", "/\n//male.example", "data:text/html,x",
        "//male.example/area-personale", "@male.example",
    ],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(client, ada, target):
    answer = client.submit("/accedi", {"email": "ada@example.org", "password": PASSWORD}, query_string={"next": target})
    assert answer.location == "/area-personale"


def test_one_goes_on_to_where_one_was_going(client, ada):
    asked = client.get("/area-personale/figli?x=1")
    assert asked.location == "/accedi?next=/area-personale/figli?x%3D1"
    assert sign_in(client, path=asked.location).location == "/area-personale/figli?x=1"


def test_english_stays_english(client, ada):
    asked = client.get("/en/area-personale/dati")
    assert asked.location.startswith("/en/accedi?next=")
    assert sign_in(client, path=asked.location).location == "/en/area-personale/dati"


def test_a_session_begins_with_a_new_token_and_ends_the_one_before(client, ada, new_visitor):
    sign_in(client)
    first = client.token()
    sign_in(client)
    assert client.token() != first
    thief = new_visitor()
    thief.put_token(first)
    assert not is_in(thief)


def test_a_token_planted_before_signing_in_is_worth_nothing_after(client, ada):
    client.put_token("planted-by-somebody")
    sign_in(client)
    assert client.token() != "planted-by-somebody"


def test_with_an_authenticator_the_password_alone_opens_nothing(client, ada):
    with transaction():
        give_authenticator(ada)
    answer = sign_in(client, path="/accedi?next=/area-personale/dati")
    assert answer.location == "/codice?next=/area-personale/dati"
    refused = client.get("/area-personale/sicurezza")
    assert refused.location == "/codice?next=/area-personale/sicurezza"
    assert "Ada" not in client.get("/").text
    assert client.submit("/codice", {"code": "000000"}).status_code == 422
    half = client.token()
    done = client.submit("/codice?next=/area-personale/dati", {"code": code_now()})
    assert done.location == "/area-personale/dati"
    assert client.token() != half
    assert is_in(client)


def test_a_code_is_good_once(client, ada, new_visitor):
    with transaction():
        give_authenticator(ada)
    code = code_now()
    for visitor, status in ((client, 302), (new_visitor(), 422)):
        sign_in(visitor)
        assert visitor.submit("/codice", {"code": code}).status_code == status


def test_an_authenticator_counts_from_the_first_code(client, ada):
    sign_in(client)
    assert "data:image" not in client.get("/codice/attiva").text
    client.submit("/codice/attiva", {"step": "begin"})
    shown = client.get("/codice/attiva").text
    assert "data:image/svg+xml" in shown
    assert client.submit("/codice/attiva", {"code": "000000"}).status_code == 422
    with transaction():
        give_authenticator(ada)
        session().execute(sa.update(Account).values(totp_confirmed_at=None))
    before = client.token()
    done = client.submit("/codice/attiva", {"code": code_now()})
    assert done.status_code == 200 and 'href="/area-personale"' in done.text
    assert client.token() != before
    assert is_in(client)


def codes_in(page) -> list[str]:
    return re.findall(r"<li>(\d{5} \d{5})</li>", page.text)


def enrolled(client, ada) -> list[str]:
    """Let Ada begin with an authenticator and return the codes for the day it is lost."""
    sign_in(client)
    with transaction():
        give_authenticator(ada)
        session().execute(sa.update(Account).values(totp_confirmed_at=None))
    return codes_in(client.submit("/codice/attiva", {"code": code_now()}))


def test_ten_codes_for_a_lost_phone_are_shown_once_and_each_is_good_once(client, ada, new_visitor):
    codes = enrolled(client, ada)
    assert len(set(codes)) == 10 and codes_in(client.get("/codice/attiva")) == []
    assert "10 codici di riserva" in client.get("/area-personale/sicurezza").text
    for visitor, status in ((new_visitor(), 302), (new_visitor(), 422)):
        sign_in(visitor)
        assert visitor.submit("/codice", {"code": codes[3].replace(" ", "-")}).status_code == status
        assert is_in(visitor) is (status == 302)
    assert "9 codici di riserva" in client.get("/area-personale/sicurezza").text


def test_the_code_of_another_account_opens_nothing(client, ada, new_visitor):
    codes = enrolled(client, ada)
    with transaction():
        bea = make.account(email="bea@example.org")
        give_password(bea, PASSWORD)
        give_authenticator(bea)
    other = new_visitor()
    other.submit("/accedi", {"email": "bea@example.org", "password": PASSWORD})
    assert other.submit("/codice", {"code": codes[0]}).status_code == 422


def test_fresh_codes_make_the_old_ones_worthless(client, ada, new_visitor):
    old = enrolled(client, ada)
    path = "/area-personale/sicurezza/codici-di-riserva"
    assert client.submit(path, {"current_code": "000000"}).status_code == 422
    fresh = codes_in(client.submit(path, {"current_code": old[0]}))
    assert len(fresh) == 10 and not set(old) & set(fresh)
    other = new_visitor()
    sign_in(other)
    assert other.submit("/codice", {"code": old[1]}).status_code == 422
    assert other.submit("/codice", {"code": fresh[1]}).status_code == 302


def test_switched_off_the_authenticator_takes_its_codes_along(client, ada):
    codes = enrolled(client, ada)
    assert client.submit("/area-personale/sicurezza/codice", {"code": codes[0]}).status_code == 302
    assert not session().scalar(sa.select(sa.func.count()).select_from(RecoveryCode))


def test_an_administrator_puts_the_authenticator_of_a_lost_phone_away(client, ada, new_visitor):
    codes = enrolled(client, ada)
    administrator = new_visitor()
    with transaction():
        officer = make.account()
        grant_role(SYSTEM, officer.id, Role.PLATFORM_ADMINISTRATOR)
        give_authenticator(officer)
    administrator.sign_in(officer, with_second_factor=True)
    assert "Telefono perso" in administrator.get("/amministrazione/ruoli").text
    administrator.submit("/amministrazione/ruoli/telefono-perso", {"address": "ada@example.org"})
    assert not is_in(client)
    sign_in(client)
    assert is_in(client)
    assert account_of(ada).totp_confirmed_at is None and not session().scalar(sa.select(RecoveryCode.id))
    assert "AuthenticatorReset" in set(session().scalars(sa.select(OutboxEvent.name)))
    entry = session().scalar(sa.select(AuditEntry).where(AuditEntry.action == "reset_authenticator"))
    assert (entry.actor_id, entry.subject_id) == (officer.id, account_of(ada).id)
    assert len(codes) == 10


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SAFEGUARDING_OFFICER])
def test_nobody_but_a_platform_administrator_puts_an_authenticator_away(client, ada, new_visitor, role):
    enrolled(client, ada)
    with transaction():
        officer = make.account()
        grant_role(SYSTEM, officer.id, role)
        give_authenticator(officer)
    visitor = new_visitor()
    visitor.sign_in(officer, with_second_factor=True)
    visitor.submit("/amministrazione/ruoli/telefono-perso", {"address": "ada@example.org"})
    assert account_of(ada).totp_confirmed_at is not None and is_in(client)


def test_an_old_session_asks_for_the_password_before_an_authenticator_begins(client, ada):
    sign_in(client)
    with transaction():
        give_authenticator(ada)
        session().execute(sa.update(Account).values(totp_confirmed_at=None))
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert client.submit("/codice/attiva", {"code": code_now()}).status_code == 422
        assert client.submit("/codice/attiva", {"code": code_now(), "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("role", [*Role, "organisation"])
def test_whoever_sees_others_data_is_sent_to_an_authenticator(client, ada, role):
    with transaction():
        if role == "organisation":
            _, coordinator = make.organisation()
            session().execute(
                sa.update(Membership).where(Membership.person_id == coordinator.person_id).values(person_id=ada.id)
            )
        else:
            grant_role(SYSTEM, ada.id, role)
    assert sign_in(client).location == "/codice/attiva"


def test_signing_out_says_so_and_leads_home(client, ada):
    sign_in(client)
    answer = client.submit("/esci", {})
    assert answer.location == "/"
    assert "uscit" in client.get("/").text
    assert not is_in(client)


def _sign_out(client, ada, new_visitor):
    client.submit("/esci", {})


def _change_password(client, ada, new_visitor):
    client.submit("/area-personale/sicurezza", {"old_password": PASSWORD, "new_password": "quattro parole tutte nuove"})


def _change_password_elsewhere(client, ada, new_visitor):
    other = new_visitor()
    sign_in(other)
    _change_password(other, ada, new_visitor)


def _reset_password(client, ada, new_visitor):
    with transaction():
        link_id = links.make_link(
            LinkPurpose.RESET_PASSWORD, ada.id, clock.now() + timedelta(minutes=30), subject_id=account_of(ada).id
        )
    new_visitor().submit(f"/password/{links.token_of(link_id)}", {"password": "quattro parole tutte nuove"})


def _disable(client, ada, new_visitor):
    with transaction():
        closing.disable_account(SYSTEM, account_of(ada).id)


def _end_from_elsewhere(client, ada, new_visitor):
    other = new_visitor()
    sign_in(other)
    other.submit("/area-personale/sicurezza/altre-sessioni", {})


def _expire(client, ada, new_visitor):
    with transaction():
        session().execute(sa.update(UserSession).values(expires_at=clock.now()))


def _begin_authenticator_elsewhere(client, ada, new_visitor):
    with transaction():
        give_authenticator(ada)


@pytest.mark.parametrize(
    "happens",
    [
        _sign_out, _change_password, _change_password_elsewhere, _reset_password, _disable, _end_from_elsewhere, _expire,
        _begin_authenticator_elsewhere,
    ],
)  # fmt: skip
def test_a_stolen_cookie_dies(client, ada, new_visitor, happens):
    sign_in(client)
    thief = new_visitor()
    thief.put_token(client.token())
    assert is_in(thief)
    happens(client, ada, new_visitor)
    assert not is_in(thief)
    assert thief.get("/area-personale/dati").status_code == 302


def test_changing_the_password_keeps_this_browser_in(client, ada):
    sign_in(client)
    _change_password(client, ada, None)
    assert is_in(client)


def test_a_role_that_ends_ends_at_the_next_request(client, ada):
    with transaction():
        grant_role(SYSTEM, ada.id, Role.OFFICER)
        give_authenticator(ada)
    client.sign_in(ada, with_second_factor=True)
    assert "amministrazione" in client.get("/area-personale").text
    with transaction():
        roles.end_role_of(SYSTEM, ada.id, Role.OFFICER)
    assert "amministrazione" not in client.get("/area-personale").text


def test_a_new_password_does_not_pass_the_authenticator(client, ada, new_visitor):
    with transaction():
        give_authenticator(ada)
    _reset_password(client, ada, new_visitor)
    sign_in(client, "quattro parole tutte nuove")
    assert not is_in(client)
    assert client.get("/area-personale").location.startswith("/codice")


@pytest.mark.parametrize("host", ["male.example", "localhost.male.example", "male.example:80", "localhost@male.example"])
def test_a_forged_host_is_refused(client, host):
    assert client.get("/accedi", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("path", ["/area-personale", "/area-personale/dati", "/area-personale/consensi", "/", "/accedi"])
def test_what_somebody_signed_in_sees_is_never_stored(client, ada, path):
    client.sign_in(ada)
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(client, ada):
    cookie = sign_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


def test_the_token_is_kept_only_as_a_hash(client, ada):
    sign_in(client)
    kept = session().scalars(sa.select(UserSession.token_hash)).all()
    assert client.token().encode() not in kept


def test_an_older_hash_is_made_anew_at_sign_in(client, ada, monkeypatch):
    before = account_of(ada).password_hash
    monkeypatch.setattr(registering.passwords, "needs_rehash", lambda kept: True)
    sign_in(client)
    assert account_of(ada).password_hash != before
    assert before.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_session_is_forgotten_after_two_weeks(client, ada):
    sign_in(client)
    with clock.frozen(clock.now() + sessions.LIFETIME):
        assert not is_in(client)
