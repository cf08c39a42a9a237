"""The settings of a site on this machine: what the environment says, and for the rest the embedded parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from civic.embedded.home import Home
from civic.embedded.postgres import Postgres
from civic.embedded.processes import StartError
from civic.embedded.valkey import Valkey

PROJECT = Path(__file__).resolve().parents[2]
SENDER = "Bologna Insieme <insieme@bologna.example>"


@dataclass(frozen=True)
class Local:
    """One site of this machine: its folder, its ports, and which parts it brings itself."""

    environ: Mapping[str, str]
    home: Home
    port: int
    mail_port: int

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Local":
        home = Path(environ.get("CIVIC_HOME") or PROJECT / "var").absolute()
        return cls(environ, Home(home), _port(environ, "PORT", 8000), _port(environ, "MAIL_PORT", 8025))

    def has_own(self, setting: str) -> bool:
        """Whether the part behind DATABASE_URL, REDIS_URL or SMTP_URL is the embedded one."""
        return not self.environ.get(setting, "").strip()

    def postgres(self) -> Postgres:
        return Postgres(self.home.postgres, self.home.sockets, self.home.log("postgres"))

    def valkey(self) -> Valkey:
        return Valkey(self.home.valkey, self.home.sockets, self.home.log("valkey"))

    def for_children(self, base_url: str, smtp_url: str, catcher_url: str | None) -> dict[str, str]:
        """The whole environment of the processes of this site; what was set from outside stays as it is."""
        ours = {
            "ENVIRONMENT": "development",
            "SECRET_KEY": self.home.secret("secret_key"),
            "FIELD_KEY": self.home.secret("field_key"),
            "DATABASE_URL": self.postgres().url(),
            "REDIS_URL": self.valkey().url,
            "SMTP_URL": smtp_url,
            "BASE_URL": base_url,
            "TRUSTED_HOSTS": "127.0.0.1,localhost",
            "MAIL_FROM": SENDER,
            "PUBLIC_MAIL_CATCHER_URL": catcher_url or "",
            "CIVIC_HOME": str(self.home.path),
            "PYTHONUNBUFFERED": "1",
        }
        if self.environ.get("BASE_URL", "").strip():
            del ours["TRUSTED_HOSTS"]  # config.py then trusts the host of that address
        if self.has_own("SMTP_URL"):
            ours |= {"MAIL_BOUNCE_ADDRESS": "ritorni@bologna.example", "MAIL_BOUNCE_FOLDER": str(self.home.returns)}
        # Threads share two heaps instead of having one each: a web worker is a tenth smaller for it.
        shared = {"MALLOC_ARENA_MAX": "2"}
        return shared | dict(self.environ) | {name: value for name, value in ours.items() if self.has_own(name)}


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise StartError(f"{name} is malformed: it must be a number from 1 to 65535.")
    return int(text)
