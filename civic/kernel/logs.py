"""Logs as one JSON object a line, with ids and never with personal data."""

from __future__ import annotations

import logging
import re
import sys

import structlog

_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+\.[\w.-]+")
# Every address that holds a token, in its path (a test compares them with the routes) or its query. Quoted, they stand in
# the query of another address.
_SECRET_PATHS = re.compile(
    r"((?:/|%2F)(?:i|u|autorizzazione|calendari|conferma|consensi|indirizzo|invito|password|registrazione)(?:/|%2F)|deroga(?:=|%3D))[\w.~-]+",
    re.IGNORECASE,
)
# What PostgreSQL adds to a refusal are the values of the row: "Key (email)=(...) already exists".
_ROW_VALUES = re.compile(r"DETAIL:.*?(?=\n\[SQL|\n\nThe above|\n\nDuring|\nCONTEXT:|\Z)", re.DOTALL)
_PERSONAL_KEYS = frozenset({"email", "phone", "name", "given_name", "family_name", "token", "password", "address"})


def configure(level: str) -> None:
    """Send every log line of this process to standard error as JSON, cleaned of addresses and link tokens."""
    renderer = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(renderer)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def scrub(text: str) -> str:
    """Return `text` without mail addresses, the secret part of links and the values of rows."""
    return _SECRET_PATHS.sub(r"\1[link]", _ADDRESS.sub("[address]", _ROW_VALUES.sub("DETAIL: [removed]", text)))


def _without_personal_data(_logger, _name, event: dict) -> dict:
    for key, value in event.items():
        if key in _PERSONAL_KEYS:
            event[key] = "[removed]"
        elif isinstance(value, str):
            event[key] = scrub(value)
    return event


_SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _without_personal_data,
]
