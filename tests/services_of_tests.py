"""Starts the embedded PostgreSQL and broker for a test run."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from civic.embedded.testing import Services as TestServers
from civic.embedded.testing import start_services
from civic.migrations import running
from config import Config, load


@dataclass(frozen=True)
class Services:
    database_url: str
    redis_url: str
    folder: Path
    servers: TestServers

    def environ(self, **more: str) -> dict[str, str]:
        return {
            "ENVIRONMENT": "test",
            "SECRET_KEY": "a-secret-for-tests-of-forty-characters!!",
            "FIELD_KEY": base64.b64encode(b"k" * 32).decode(),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SMTP_URL": "smtp://127.0.0.1:2",
            "BASE_URL": "http://localhost",
            "TRUSTED_HOSTS": "localhost,127.0.0.1",
            "MAIL_FROM": "Bologna Insieme <ciao@bologna.example>",
            "MAIL_BOUNCE_ADDRESS": "ritorni@bologna.example",
            "CIVIC_HOME": str(self.folder),
            "LOG_LEVEL": "ERROR",
            **more,
        }

    def config(self, **more: str) -> Config:
        return load(self.environ(**more))

    def another(self, name: str) -> Services:
        """Another database beside this one, with the migrated schema, for tests that commit."""
        self.servers.create_database(name)
        url = self.servers.postgres.url(name)
        migrate(url)
        return replace(self, database_url=url)


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    running.upgrade(engine)
    engine.dispose()


@contextmanager
def started(folder: Path) -> Iterator[Services]:
    """Servers of this test process alone, with the migrated schema; they end with it."""
    running_servers = start_services(folder)
    try:
        url = running_servers.postgres.url()
        migrate(url)
        yield Services(url, running_servers.valkey.url, folder, running_servers)
    finally:
        running_servers.stop()
