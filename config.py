"""The only reader of the environment: what the site is told from outside, checked before anything starts."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from civic.kernel.settings_text import (
    LOOPBACK,
    SmtpServer,
    bounce_address,
    database_url,
    dkim_key,
    domain_caps,
    field_key,
    host_names,
    mail_address,
    mail_domain,
    one_of,
    redis_database,
    redis_url,
    secret_key,
    site_url,
    smtp_server,
    smtp_url,
    token,
    whole_number,
)

ENVIRONMENTS = ("production", "development", "test")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class ConfigError(Exception):
    """The site cannot start: one line for each setting that is missing or malformed."""

    def __init__(self, problems: list[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Config:
    """Every setting, well formed. What could open a door does not show in its repr."""

    ENVIRONMENT: str
    SECRET_KEY: str = field(repr=False)
    FIELD_KEY: bytes = field(repr=False)
    DATABASE_URL: str = field(repr=False)
    REDIS_URL: str = field(repr=False)
    SMTP_URL: str = field(repr=False)
    BASE_URL: str
    TRUSTED_HOSTS: tuple[str, ...]
    PROXY_HOPS: int
    MAIL_FROM: str
    MAIL_DOMAIN: str
    MAIL_BOUNCE_ADDRESS: str | None
    MAIL_BOUNCE_FOLDER: Path | None
    MAIL_DOMAIN_CAPS: tuple[tuple[str, int], ...]
    MAIL_DKIM_KEY: bytes | None = field(repr=False)
    MAIL_DKIM_SELECTOR: str
    METRICS_TOKEN: str | None = field(repr=False)
    MAX_CONTENT_LENGTH: int
    CLOCK_SHIFT: int
    LOG_LEVEL: str
    CIVIC_HOME: Path
    PUBLIC_MAIL_CATCHER_URL: str | None

    @property
    def is_production(self) -> bool:
        return self.ENVIRONMENT == "production"

    @property
    def is_https(self) -> bool:
        return self.BASE_URL.startswith("https://")

    @property
    def broker_url(self) -> str:
        """REDIS_URL as Celery wants it."""
        if not self.REDIS_URL.startswith("unix:"):
            return self.REDIS_URL
        parts = urlsplit(self.REDIS_URL)
        return f"redis+socket://{parts.path}?virtual_host={redis_database(parts.query)}"

    @property
    def limiter_url(self) -> str:
        """REDIS_URL as Flask-Limiter wants it."""
        return "redis+" + self.REDIS_URL if self.REDIS_URL.startswith("unix:") else self.REDIS_URL

    @property
    def smtp(self) -> SmtpServer:
        return smtp_server(self.SMTP_URL)


class _Reader:
    """Reads settings one by one and keeps the list of what is wrong."""

    def __init__(self, environ: Mapping[str, str]):
        self.environ = environ
        self.problems: list[str] = []

    def read(self, name: str, parse: Callable, default: str | None = None):
        text = self.environ.get(name, "").strip() or default
        if text is None:
            try:
                parse("")
            except ValueError as wanted:
                self.problems.append(f"{name} is missing: it {wanted}")
            return None
        try:
            return parse(text)
        except ValueError as wanted:
            self.problems.append(f"{name} is malformed: it {wanted}")
            return None


def load(environ: Mapping[str, str] | None = None) -> Config:
    """The settings of this process; ConfigError names every one that is missing or malformed."""
    reader = _Reader(os.environ if environ is None else environ)
    base_url = reader.read("BASE_URL", site_url)
    mail_from = reader.read("MAIL_FROM", mail_address)
    values = dict(
        ENVIRONMENT=reader.read("ENVIRONMENT", one_of(*ENVIRONMENTS), "production"),
        SECRET_KEY=reader.read("SECRET_KEY", secret_key),
        FIELD_KEY=reader.read("FIELD_KEY", field_key),
        DATABASE_URL=reader.read("DATABASE_URL", database_url),
        REDIS_URL=reader.read("REDIS_URL", redis_url),
        SMTP_URL=reader.read("SMTP_URL", smtp_url),
        BASE_URL=base_url,
        TRUSTED_HOSTS=reader.read("TRUSTED_HOSTS", host_names, _host_of(base_url)),
        PROXY_HOPS=reader.read("PROXY_HOPS", whole_number(), "0"),
        MAIL_FROM=mail_from,
        MAIL_DOMAIN=reader.read("MAIL_DOMAIN", mail_domain, _domain_of(mail_from)),
        MAIL_BOUNCE_ADDRESS=reader.read("MAIL_BOUNCE_ADDRESS", bounce_address, ""),
        MAIL_BOUNCE_FOLDER=reader.read("MAIL_BOUNCE_FOLDER", lambda text: Path(text).absolute() if text else None, ""),
        MAIL_DOMAIN_CAPS=reader.read("MAIL_DOMAIN_CAPS", domain_caps, ""),
        MAIL_DKIM_KEY=reader.read("MAIL_DKIM_KEY", dkim_key, ""),
        MAIL_DKIM_SELECTOR=reader.read("MAIL_DKIM_SELECTOR", mail_domain, "civic"),
        METRICS_TOKEN=reader.read("METRICS_TOKEN", token, ""),
        MAX_CONTENT_LENGTH=reader.read("MAX_CONTENT_LENGTH", whole_number(1024), str(5 * 1024 * 1024)),
        CLOCK_SHIFT=reader.read("CLOCK_SHIFT", whole_number(None), "0"),
        LOG_LEVEL=reader.read("LOG_LEVEL", one_of(*LOG_LEVELS), "INFO"),
        CIVIC_HOME=reader.read("CIVIC_HOME", lambda text: Path(text).absolute(), "var"),
        PUBLIC_MAIL_CATCHER_URL=reader.read("PUBLIC_MAIL_CATCHER_URL", lambda text: site_url(text) if text else None, ""),
    )
    reader.problems += _production_problems(values)
    if reader.problems:
        raise ConfigError(reader.problems)
    return Config(**values)


def _production_problems(values: dict) -> list[str]:
    if values["ENVIRONMENT"] != "production":
        return []
    problems = []
    if values["CLOCK_SHIFT"]:
        problems.append("CLOCK_SHIFT is for tests: it must be absent when ENVIRONMENT is production")
    base_url = values["BASE_URL"] or ""
    if base_url.startswith("http://") and _host_of(base_url) not in LOOPBACK:
        problems.append("BASE_URL is malformed: it must begin with https:// when ENVIRONMENT is production")
    return problems


def _host_of(base_url: str | None) -> str:
    return (urlsplit(base_url).hostname if base_url else None) or "localhost"


def _domain_of(mail_from: str | None) -> str:
    return parseaddr(mail_from or "")[1].rpartition("@")[2] or "localhost"


def process_environment() -> dict[str, str]:
    """A copy of this process's environment, for the starters in civic/embedded, which hand it on to what they start."""
    return dict(os.environ)
