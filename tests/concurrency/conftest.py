"""Real commits from many threads, in a database of their own."""

from __future__ import annotations

import pytest

from civic.app import create_app
from civic.kernel import clock
from civic.kernel.db import db
from tests.emptying import empty_all
from tests.factories import NOW


@pytest.fixture(scope="session")
def busy_app(services):
    """The site on a database whose rows stay: nothing is rolled back here."""
    return create_app(services.another("busy").config())


@pytest.fixture
def busy(busy_app):
    """An app context on the busy database, at a Monday morning, with empty tables."""
    with clock.frozen(NOW), busy_app.app_context():
        with db.engine.connect() as connection:
            empty_all(connection)
        yield busy_app
