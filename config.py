"""The only reader of the environment: what the site is told from outside, checked before anything starts."""

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

ENVIRONMENTS = ("production", "development", "test")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# What stands before the at goes on, with the number and the signature of a mail: 64 letters at most.
_PLAIN_ADDRESS = re.compile(r"[a-z0-9._-]{1,11}@[a-z0-9.-]+")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ConfigError(Exception):
    """The site cannot start: one line for each setting that is missing or malformed."""

    def __init__(self, problems: list[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class SmtpServer:
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    is_tls: bool
    is_starttls: bool


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
        return f"redis+socket://{parts.path}?virtual_host={_redis_database(parts.query)}"

    @property
    def limiter_url(self) -> str:
        """REDIS_URL as Flask-Limiter wants it."""
        return "redis+" + self.REDIS_URL if self.REDIS_URL.startswith("unix:") else self.REDIS_URL

    @property
    def smtp(self) -> SmtpServer:
        return _smtp_server(self.SMTP_URL)


def _redis_database(query: str) -> str:
    return parse_qs(query).get("db", ["0"])[0]


def _smtp_server(url: str) -> SmtpServer:
    parts = urlsplit(url)
    is_tls = parts.scheme == "smtps"
    port = parts.port or (465 if is_tls else 25)
    starttls = parse_qs(parts.query).get("starttls", ["yes" if port == 587 else "no"])[0]
    return SmtpServer(
        host=parts.hostname or "",
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        is_tls=is_tls,
        is_starttls=not is_tls and starttls == "yes",
    )


# Each reader takes the text of one setting and returns its value, or raises ValueError saying what it should look like.


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def _whole_number(lowest: int | None = 0) -> Callable[[str], int]:
    wanted = "must be a whole number" + ("" if lowest is None else f", {lowest} or more")

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError(wanted) from None
        if lowest is not None and number < lowest:
            raise ValueError(wanted)
        return number

    return read


def _secret_key(text: str) -> str:
    if len(text) < 32:
        raise ValueError("must be 32 characters or more, picked at random")
    return text


def _field_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ValueError("must be 32 random bytes in base64 (44 characters)")
    return key


def _database_url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg") or not separator or not rest.strip("/"):
        raise ValueError("must look like postgresql://user:password@host:5432/name or postgresql:///name?host=/socket/folder")
    return "postgresql+psycopg://" + rest


def _redis_url(text: str) -> str:
    parts = urlsplit(text)
    is_network = parts.scheme in ("redis", "rediss") and parts.hostname
    is_socket = parts.scheme == "unix" and parts.path.startswith("/") and _redis_database(parts.query).isdigit()
    if not (is_network or is_socket):
        raise ValueError("must look like redis://host:6379/0, rediss://host:6380/0 or unix:///path/to/socket?db=0")
    return text


def _smtp_url(text: str) -> str:
    wanted = "must look like smtp://user:password@host:587 or smtps://user:password@host:465"
    try:
        server = _smtp_server(text)
    except ValueError:
        raise ValueError(wanted) from None
    if urlsplit(text).scheme not in ("smtp", "smtps") or not server.host:
        raise ValueError(wanted)
    if server.password and not (server.is_tls or server.is_starttls or server.host in LOOPBACK):
        raise ValueError("would send the password in clear: use smtps://, port 587, or add ?starttls=yes")
    return text


def _site_url(text: str) -> str:
    wanted = "must look like https://site.example.org, without a path"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - a malformed port raises here
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(wanted)
    return text.rstrip("/")


def _host_names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or any("/" in name or " " in name for name in names):
        raise ValueError("must be host names with commas between them, such as site.example.org,www.example.org")
    return names


def _mail_address(text: str) -> str:
    _, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    if not local or ("." not in domain and domain != "localhost"):
        raise ValueError('must look like "Name of the site <name@example.org>"')
    return text


def _bounce_address(text: str) -> str | None:
    if text and not _PLAIN_ADDRESS.fullmatch(text):
        raise ValueError("must look like returns@example.org: a short name, without a plus")
    return text or None


def _mail_domain(text: str) -> str:
    if "@" in text or "/" in text or " " in text:
        raise ValueError("must be a domain such as example.org")
    return text


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
    base_url = reader.read("BASE_URL", _site_url)
    mail_from = reader.read("MAIL_FROM", _mail_address)
    values = dict(
        ENVIRONMENT=reader.read("ENVIRONMENT", _one_of(*ENVIRONMENTS), "production"),
        SECRET_KEY=reader.read("SECRET_KEY", _secret_key),
        FIELD_KEY=reader.read("FIELD_KEY", _field_key),
        DATABASE_URL=reader.read("DATABASE_URL", _database_url),
        REDIS_URL=reader.read("REDIS_URL", _redis_url),
        SMTP_URL=reader.read("SMTP_URL", _smtp_url),
        BASE_URL=base_url,
        TRUSTED_HOSTS=reader.read("TRUSTED_HOSTS", _host_names, _host_of(base_url)),
        PROXY_HOPS=reader.read("PROXY_HOPS", _whole_number(), "0"),
        MAIL_FROM=mail_from,
        MAIL_DOMAIN=reader.read("MAIL_DOMAIN", _mail_domain, _domain_of(mail_from)),
        MAIL_BOUNCE_ADDRESS=reader.read("MAIL_BOUNCE_ADDRESS", _bounce_address, ""),
        MAIL_BOUNCE_FOLDER=reader.read("MAIL_BOUNCE_FOLDER", lambda text: Path(text).absolute() if text else None, ""),
        MAX_CONTENT_LENGTH=reader.read("MAX_CONTENT_LENGTH", _whole_number(1024), str(5 * 1024 * 1024)),
        CLOCK_SHIFT=reader.read("CLOCK_SHIFT", _whole_number(None), "0"),
        LOG_LEVEL=reader.read("LOG_LEVEL", _one_of(*LOG_LEVELS), "INFO"),
        CIVIC_HOME=reader.read("CIVIC_HOME", lambda text: Path(text).absolute(), "var"),
        PUBLIC_MAIL_CATCHER_URL=reader.read("PUBLIC_MAIL_CATCHER_URL", lambda text: _site_url(text) if text else None, ""),
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
