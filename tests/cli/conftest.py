"""The commands on a database of their own: what they write stays, as it does on a real site."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from civic.cli import main
from civic.kernel import clock
from civic.kernel.i18n import use_language
from tests.factories import NOW


@pytest.fixture(scope="session")
def site(services):
    """A database with the newest schema and nothing in it yet."""
    return services.another("commands")


@pytest.fixture
def run(site, monkeypatch):
    """Call it with the words of a command, on a Monday morning; return what it said and its exit code."""
    for name, value in site.environ().items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    handlers = list(root.handlers)

    def command(*words: object, exit_code: int = 0) -> Result:
        with clock.frozen(NOW), use_language("it"):
            result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == exit_code, result.output
        return result

    yield command
    root.handlers = handlers


@pytest.fixture
def rows(site):
    """Ask the database of the commands: `rows("SELECT ...", name=value)`."""
    engine = sa.create_engine(site.database_url.replace("postgresql:", "postgresql+psycopg:", 1))

    def ask(statement: str, **values):
        with engine.begin() as connection:
            result = connection.execute(sa.text(statement), values)
            return result.all() if result.returns_rows else []

    yield ask
    engine.dispose()


@pytest.fixture
def demo_town(run, rows):
    """The demo town, loaded once for all tests."""
    if not rows("SELECT FROM organisation LIMIT 1"):
        run("demo", "load")
    return rows
