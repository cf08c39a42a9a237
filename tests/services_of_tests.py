"""Starts the embedded PostgreSQL and broker for a test run."""

from __future__ import annotations

import os
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import Config, load


@dataclass(frozen=True)
class Services:
    database_url: str
    redis_url: str
    folder: Path

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
            "CIVIC_HOME": str(self.folder),
            "LOG_LEVEL": "ERROR",
            **more,
        }

    def config(self, **more: str) -> Config:
        return load(self.environ(**more))


@contextmanager
def started(folder: Path) -> Iterator[Services]:
    import sqlalchemy as sa

    from civic.migrations import running

    admin = sa.create_engine("postgresql+psycopg://civic@127.0.0.1:54329/postgres", isolation_level="AUTOCOMMIT")
    name = f"t{os.getpid()}"
    with admin.connect() as c:
        c.exec_driver_sql(f"drop database if exists {name}")
        c.exec_driver_sql(f"create database {name}")
    url = f"postgresql://civic@127.0.0.1:54329/{name}"
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    running.upgrade(engine)
    engine.dispose()
    yield Services(url, "redis://127.0.0.1:6399/0", folder)
    with admin.connect() as c:
        c.exec_driver_sql(f"drop database if exists {name} with (force)")
