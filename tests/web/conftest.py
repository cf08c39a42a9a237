"""A browser for tests: one visitor on the connection of the test, who can sign in and send forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import psycopg
import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from civic.accounts import passwords
from civic.accounts.models import Account, Person
from civic.accounts.services import sessions
from civic.extensions import limiter
from civic.kernel import clock, crypto
from civic.kernel.db import session, transaction
from civic.kernel.i18n import use_language
from civic.kernel.ids import new_public_id

_network = count(1)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""What the authenticators of tests hold."""


class Visitor(FlaskClient):
    """A browser at an address of its own, so that no test uses up the attempts of another."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.move()

    def move(self) -> None:
        """Go to another network address."""
        number = next(_network)
        self.environ_base["REMOTE_ADDR"] = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"

    def open(self, *args, **kwargs) -> TestResponse:
        """Ask for a page: every request has a fresh context, as it has on a server."""
        with self.application.app_context(), use_language("it"):
            return super().open(*args, **kwargs)

    def submit(self, path: str, data: dict | None = None, **options) -> TestResponse:
        """Send a form with the CSRF token of this visitor and a one-time key."""
        fields = {"submit_key": new_public_id(), "csrf_token": self.csrf_token(), **(data or {})}
        return self.post(path, data=fields, **options)

    def hidden(self, path: str, name: str) -> str:
        """Return what a form of the page carries unseen under `name`."""
        return re.search(rf'name="{name}" value="([^"]*)"', self.get(path).text)[1]

    def csrf_token(self) -> str:
        """Return a token that the next form of this visitor may carry."""
        with self.application.app_context(), self.session_transaction() as cookie:
            with self.application.test_request_context() as context:
                context.session.update(cookie)
                token = generate_csrf()
                cookie["csrf_token"] = context.session["csrf_token"]
            return token

    def sign_in(self, person: Person, *, with_second_factor: bool = False) -> str:
        """Let `person` be signed in here by a session row of their own; return its token."""
        with transaction():
            account_id = session().scalar(sa.select(Account.id).where(Account.person_id == person.id))
            token = sessions.start_session(account_id, "Test", with_second_factor=with_second_factor)
        self.put_token(token)
        return token

    def put_token(self, token: str) -> None:
        """Put a session token (perhaps a stolen one) in the cookie."""
        with self.application.app_context(), self.session_transaction() as cookie:
            cookie.update({"_user_id": token, "_fresh": True})

    def token(self) -> str | None:
        """Return the session token that the cookie holds."""
        with self.application.app_context(), self.session_transaction() as cookie:
            return cookie.get("_user_id")


@pytest.fixture
def client(app: Flask, connection) -> Iterator[Visitor]:
    """A visitor whose requests are rolled back with the test; nobody has used up any attempt before."""
    with app.app_context():
        limiter.limiter.storage.reset()
    yield _visitor(app)


@pytest.fixture
def statements(connection):
    """Count the statements sent while a list is filled: call it to start again."""
    sent: list[str] = []

    class Noted(psycopg.Cursor):
        def execute(self, query, *args, **kwargs):
            if not query.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                sent.append(query)
            return super().execute(query, *args, **kwargs)

    # At the driver, under whatever wrote the statement.
    driver = connection.connection.driver_connection
    factory, driver.cursor_factory = driver.cursor_factory, Noted
    yield sent
    driver.cursor_factory = factory


@pytest.fixture
def new_visitor(app: Flask, connection):
    """Call it for one more visitor, with a cookie jar and a network address of their own."""
    return lambda: _visitor(app)


def _visitor(app: Flask) -> Visitor:
    return Visitor(app, app.response_class, use_cookies=True)


def give_password(person: Person, password: str) -> None:
    """Let `person` sign in with `password`; inside an open transaction."""
    session().execute(
        sa.update(Account).where(Account.person_id == person.id).values(password_hash=passwords.hash_password(password))
    )


def give_authenticator(person: Person) -> None:
    """Let `person` use an authenticator that holds `SECRET`; inside an open transaction."""
    session().execute(
        sa.update(Account)
        .where(Account.person_id == person.id)
        .values(totp_secret=crypto.encrypt(SECRET), totp_confirmed_at=clock.now(), totp_last_step=None)
    )


def code_now() -> str:
    """Return the code that the authenticator of a test shows at this moment."""
    return pyotp.TOTP(SECRET).at(clock.now())
