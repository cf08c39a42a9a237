"""Real PostgreSQL and a real broker for every test that touches them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from civic.kernel import clock
from civic.kernel.db import bound_to, transaction, writing
from civic.kernel.i18n import use_language
from tests.services_of_tests import Services, started


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--full` asks for the long form of the promises."""
    parser.addoption("--full", action="store_true", help="the long form of what is short by default (script/promises)")


@pytest.fixture(scope="session")
def services(tmp_path_factory) -> Iterator[Services]:
    """PostgreSQL with the migrated schema and a broker, thrown away at the end."""
    with started(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture(scope="session")
def app(services):
    """The whole site on the services of the tests."""
    from civic.app import create_app

    return create_app(services.config())


@pytest.fixture(scope="session", autouse=True)
def reactions() -> None:
    """Whoever empties the outbox in a test knows what follows each event, as the worker does."""
    from civic import subscriptions

    subscriptions.register()


@pytest.fixture(autouse=True)
def italian():
    """Whatever language the test before spoke, each begins in Italian."""
    with use_language("it"):
        yield


@pytest.fixture
def frozen():
    """Hold the clock on a Monday morning."""
    from tests.factories import NOW

    with clock.frozen(NOW):
        yield NOW


@pytest.fixture
def connection(app, frozen) -> Iterator[sa.Connection]:
    """One connection whose outer transaction is rolled back: what a test writes is gone after it."""
    from civic.kernel.db import db

    with app.app_context(), db.engine.execution_options(isolation_level="READ COMMITTED").connect() as opened:
        outer = opened.begin()
        with bound_to(opened):
            yield opened
        outer.rollback()


@pytest.fixture
def tx(connection):
    """An open transaction, for services."""
    with transaction():
        yield writing()


os.environ.setdefault("TZ", "UTC")
