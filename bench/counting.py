"""Counting statements one by one at the driver: the server's own counters come late and count transactions."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any
from unittest.mock import patch

import psycopg


def elsewhere(action: Callable[[], Any]) -> Any:
    """Run `action` as a server runs a request: outside the app context that the benchmark itself is in."""
    return Context().run(action)


def count_statements(action: Callable[[], object]) -> int:
    """Return how many statements this process sends in `action`; BEGIN and COMMIT are not among them."""
    sent = 0
    execute = psycopg.Cursor.execute

    def counted(cursor, *args, **kwargs):
        nonlocal sent
        sent += 1
        return execute(cursor, *args, **kwargs)

    with patch.object(psycopg.Cursor, "execute", counted):
        elsewhere(action)
    return sent
