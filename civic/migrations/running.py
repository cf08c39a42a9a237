"""Bringing a database to the newest schema, and comparing the two."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from civic.tables import Base


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the database to `revision`; doing it again changes nothing."""
    with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
        command.upgrade(_settings(connection), revision)


def write_revision(engine: sa.Engine, message: str, number: str) -> None:
    """Write a new migration with the difference between the models and the database."""
    with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
        command.revision(_settings(connection), message=message, autogenerate=True, rev_id=number)


def differences(engine: sa.Engine) -> list:
    """Return how the models differ from the database; empty where they agree."""
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)


def _settings(connection: sa.Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.attributes["connection"] = connection
    return settings
