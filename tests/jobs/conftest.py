"""Messages on their whole way: rows that are committed, a mail server that answers, a clock that is held."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.app import create_app
from civic.kernel import clock
from civic.kernel.db import db, release, transaction
from civic.notifications import settings, smtp
from tests.emptying import empty_all
from tests.factories import NOW
from tests.sink import listening


@pytest.fixture(scope="session")
def sink_of_session():
    with listening() as sink:
        yield sink


@pytest.fixture(scope="session")
def mailing_app(services, sink_of_session):
    """The site on a database of its own, with a mail server that answers."""
    return create_app(services.another("mailing").config(SMTP_URL=f"smtp://127.0.0.1:{sink_of_session.port}"))


@pytest.fixture
def sink(sink_of_session):
    """The mail server, empty and friendly."""
    sink_of_session.clear()
    sink_of_session.on_recipient = lambda _address: None
    sink_of_session.on_content = lambda _envelope: None
    smtp.forget_connections()
    yield sink_of_session
    smtp.messenger().close()
    smtp.forget_connections()


@pytest.fixture
def town(mailing_app, sink):
    """An app context with empty tables, on a Monday morning; what is written stays until the next test."""
    # Mail is set up for the process, and another site may have been made in it since.
    settings.configure(mailing_app.config["SITE"])
    with clock.frozen(NOW), mailing_app.app_context():
        with db.engine.connect() as connection:
            empty_all(connection)
        yield mailing_app
        release()


@pytest.fixture
def rows(town):
    """Ask the database for columns: `rows("SELECT ...", name=value)`."""

    def ask(statement: str, **values):
        with db.engine.connect() as connection:
            result = connection.execute(sa.text(statement), values)
            return result.all() if result.returns_rows else []

    return ask


@pytest.fixture
def write(town):
    """Run a function in a transaction that is committed, and return what it returns."""

    def in_transaction(function, *arguments, **values):
        with transaction():
            return function(*arguments, **values)

    return in_transaction
