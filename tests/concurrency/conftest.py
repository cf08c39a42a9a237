"""Real commits from many threads, in a database of their own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.app import create_app
from civic.kernel import clock
from civic.kernel.db import db
from civic.tables import Base
from tests.factories import NOW


@pytest.fixture(scope="session")
def busy_app(services):
    """The site on a database whose rows stay: nothing is rolled back here."""
    return create_app(services.another("busy").config())


@pytest.fixture
def busy(busy_app):
    """An app context on the busy database, at a Monday morning, with empty tables."""
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with clock.frozen(NOW), busy_app.app_context():
        with db.engine.connect() as connection:
            connection.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
            connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            connection.execute(sa.text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))
        yield busy_app
