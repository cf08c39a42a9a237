"""What each setting looks like in the environment: a reader returns its value, or raises ValueError saying how it should look."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parseaddr
from importlib import import_module
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

# What stands before the at goes on, with the number and the signature of a mail: 64 letters at most.
_PLAIN_ADDRESS = re.compile(r"[a-z0-9._-]{1,11}@[a-z0-9.-]+")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class SmtpServer:
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    is_tls: bool
    is_starttls: bool


def redis_database(query: str) -> str:
    return parse_qs(query).get("db", ["0"])[0]


def smtp_server(url: str) -> SmtpServer:
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


def one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def whole_number(lowest: int | None = 0) -> Callable[[str], int]:
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


def secret_key(text: str) -> str:
    if len(text) < 32:
        raise ValueError("must be 32 characters or more, picked at random")
    return text


def field_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ValueError("must be 32 random bytes in base64 (44 characters)")
    return key


def database_url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg") or not separator or not rest.strip("/"):
        raise ValueError("must look like postgresql://user:password@host:5432/name or postgresql:///name?host=/socket/folder")
    return "postgresql+psycopg://" + rest


def redis_url(text: str) -> str:
    parts = urlsplit(text)
    is_network = parts.scheme in ("redis", "rediss") and parts.hostname
    is_socket = parts.scheme == "unix" and parts.path.startswith("/") and redis_database(parts.query).isdigit()
    if not (is_network or is_socket):
        raise ValueError("must look like redis://host:6379/0, rediss://host:6380/0 or unix:///path/to/socket?db=0")
    return text


def smtp_url(text: str) -> str:
    wanted = "must look like smtp://user:password@host:587 or smtps://user:password@host:465"
    try:
        server = smtp_server(text)
    except ValueError:
        raise ValueError(wanted) from None
    if urlsplit(text).scheme not in ("smtp", "smtps") or not server.host:
        raise ValueError(wanted)
    if server.password and not (server.is_tls or server.is_starttls or server.host in LOOPBACK):
        raise ValueError("would send the password in clear: use smtps://, port 587, or add ?starttls=yes")
    return text


def site_url(text: str) -> str:
    wanted = "must look like https://site.example.org, without a path"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - a malformed port raises here
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(wanted)
    return text.rstrip("/")


def host_names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or any("/" in name or " " in name for name in names):
        raise ValueError("must be host names with commas between them, such as site.example.org,www.example.org")
    return names


def mail_address(text: str) -> str:
    _, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    if not local or ("." not in domain and domain != "localhost"):
        raise ValueError('must look like "Name of the site <name@example.org>"')
    return text


def bounce_address(text: str) -> str | None:
    if text and not _PLAIN_ADDRESS.fullmatch(text):
        raise ValueError("must look like returns@example.org: a short name, without a plus")
    return text or None


def domain_caps(text: str) -> tuple[tuple[str, int], ...]:
    pairs = [pair.strip().partition("=") for pair in text.split(",") if pair.strip()]
    if not all(domain and number.isdigit() and int(number) > 0 for domain, _equals, number in pairs):
        raise ValueError("must be domains with how many mails a minute they take, such as outlook.com=60,hotmail.com=60")
    return tuple((domain.strip().lower(), int(number)) for domain, _equals, number in pairs)


def dkim_key(text: str) -> bytes | None:
    """Read the file that holds the key; a key in the environment would stand in every list of processes."""
    if not text:
        return None
    # Most processes have no key, and need not carry what reads one.
    serialization = import_module("cryptography.hazmat.primitives.serialization")
    try:
        key = Path(text).read_bytes()
        if serialization.load_pem_private_key(key, None).key_size < 1024:
            raise ValueError
    except (OSError, ValueError, TypeError, AttributeError):
        raise ValueError("must be the path of a private RSA key in PEM, of 2048 bits, without a password") from None
    return key


def token(text: str) -> str | None:
    if text and len(text) < 20:
        raise ValueError("must be 20 characters or more, picked at random")
    return text or None


def mail_domain(text: str) -> str:
    if "@" in text or "/" in text or " " in text:
        raise ValueError("must be a domain such as example.org")
    return text
