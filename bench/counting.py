"""Counting statements one by one at the driver: the server's own counters come late and count transactions."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import psycopg


def count_statements(action: Callable[[], object]) -> int:
    """Return how many statements this process sends in `action`; BEGIN and COMMIT are not among them."""
    sent = 0
    execute = psycopg.Cursor.execute

    def counted(cursor, *args, **kwargs):
        nonlocal sent
        sent += 1
        return execute(cursor, *args, **kwargs)

    with patch.object(psycopg.Cursor, "execute", counted):
        action()
    return sent
