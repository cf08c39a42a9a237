"""Runs migrations on the connection that the command line hands over, one at a time, never waiting long for a lock."""

from alembic import context

from civic.tables import Base

# Two servers that start at once migrate one after the other.
ADVISORY_LOCK = 7_203_145

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
    connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    context.run_migrations()
