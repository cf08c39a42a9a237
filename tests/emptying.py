"""Empty every table of a database whose rows stay from test to test."""

from __future__ import annotations

import sqlalchemy as sa

from civic.tables import Base

APPEND_ONLY = ("audit_entry", "care_viewing")


def empty_all(connection: sa.Connection) -> None:
    """Leave no row in any table, those included whose triggers refuse it."""
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    for table in APPEND_ONLY:
        connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    for table in APPEND_ONLY:
        connection.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
