"""Throwaway servers for tests: real, fast, and gone with the process that started them."""

import base64
import shutil
from dataclasses import dataclass
from pathlib import Path

from civic.embedded.home import Home
from civic.embedded.postgres import THROWAWAY, Postgres
from civic.embedded.settings import SENDER
from civic.embedded.valkey import Valkey

SECRET_KEY = "only-for-tests-" * 3
FIELD_KEY = base64.b64encode(b"only-for-tests-only-for-tests-32").decode()


@dataclass
class Services:
    """A PostgreSQL and a Valkey that run until `stop`."""

    postgres: Postgres
    valkey: Valkey
    home: Home

    def settings(self, database: str = "civic") -> dict[str, str]:
        """An environment for `config.load`; nothing listens at its mail server."""
        return {
            "ENVIRONMENT": "test",
            "SECRET_KEY": SECRET_KEY,
            "FIELD_KEY": FIELD_KEY,
            "DATABASE_URL": self.postgres.url(database),
            "REDIS_URL": self.valkey.url,
            "SMTP_URL": "smtp://127.0.0.1:9",
            "BASE_URL": "http://127.0.0.1",
            "TRUSTED_HOSTS": "127.0.0.1,localhost",
            "MAIL_FROM": SENDER,
        }

    def create_database(self, name: str, template: str = "template1") -> None:
        self.postgres.create_database(name, template)

    def drop_database(self, name: str) -> None:
        self.postgres.drop_database(name)

    def stop(self) -> None:
        self.postgres.stop()
        self.valkey.stop()
        if self.home.servers != self.home.path:
            shutil.rmtree(self.home.servers, ignore_errors=True)


def start_services(folder: Path) -> Services:
    """Both servers answer, on an empty folder, and end with this process. Call it from the main thread."""
    home = Home(Path(folder).absolute())
    home.prepare()
    services = Services(
        Postgres(home.postgres, home.sockets, home.log("postgres"), options=THROWAWAY),
        Valkey(home.valkey, home.sockets, home.log("valkey"), is_durable=False),
        home,
    )
    try:
        services.valkey.start()
        services.postgres.start()
    except BaseException:
        services.stop()
        raise
    return services
