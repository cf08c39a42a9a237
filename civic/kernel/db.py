"""The database: the only place that knows Flask-SQLAlchemy, and the only one that commits.

A request reads through a session on an AUTOCOMMIT connection, so that one SELECT is one round trip. Writing happens
inside `transaction()`, a second session at READ COMMITTED; objects never cross from one to the other.
"""

from __future__ import annotations

import logging
import select as os_select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

import psycopg
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from psycopg.rows import namedtuple_row
from sqlalchemy import event, exc
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, registry

from civic.kernel.errors import RuleBroken

log = logging.getLogger(__name__)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table inherits: named constraints, bigint numbers, text without limits of its own, aware instants."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            int: sa.BigInteger(),
            str: sa.Text(),
            datetime: sa.DateTime(timezone=True),
            Decimal: sa.Numeric(14, 2),
            dict: JSONB(),
        },
    )
    metadata = registry.metadata


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


class _Open:
    """The transaction under way, a session over it once somebody asks for one, and what must run once it has committed."""

    def __init__(self, connection: sa.Connection, *, is_own: bool) -> None:
        self.connection = connection
        self.is_own = is_own
        self.after_commit: list[Callable[[], None]] = []
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The one session of the transaction."""
        if self._session is None:
            joins = "rollback_only" if self.is_own else "create_savepoint"
            self._session = Session(bind=self.connection, join_transaction_mode=joins, expire_on_commit=False)
        return self._session

    def commit(self) -> None:
        """Make everything last: what the session still has to write, then the transaction of the connection."""
        if self._session is not None:
            self._session.commit()
        if self.is_own:
            self.connection.commit()

    def undo(self) -> None:
        """Leave nothing of it."""
        if self._session is not None:
            self._session.rollback()
        if self.is_own:
            self.connection.rollback()

    def close(self) -> None:
        """Give the connection back; a test goes on with its own."""
        if self._session is not None:
            self._session.close()
        if self.is_own:
            self.connection.close()


SENTENCES: dict[str, tuple[str | None, str]] = {}
"""Constraint -> field and sentence, filled by the edge."""

_open: ContextVar[_Open | None] = ContextVar("open_transaction", default=None)
# Tests bind both sessions to one connection inside an outer transaction.
_test_connection: ContextVar[sa.Connection | None] = ContextVar("test_connection", default=None)


def engine_options() -> dict:
    """Return how connections are made: prepared at first use, time-outs of the web role, no round trip on return."""
    return {
        "isolation_level": "AUTOCOMMIT",
        "pool_size": 8,
        "max_overflow": 4,
        "pool_timeout": 5,
        "pool_recycle": 300,
        "pool_reset_on_return": None,
        "skip_autocommit_rollback": True,
        # What a row holds does not belong into the text of an error, which goes to the log.
        "hide_parameters": True,
        "connect_args": {
            "prepare_threshold": 0,
            "connect_timeout": 5,
            "options": "-c statement_timeout=15000 -c lock_timeout=8000 -c idle_in_transaction_session_timeout=15000 "
            "-c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan",
        },
    }


def init_app(app) -> None:
    """Give `app` its database."""
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "checkout", _refuse_dead_connection)


def _refuse_dead_connection(connection, record, proxy) -> None:
    """An idle connection with something to read has been closed by the server: replace it without a round trip."""
    try:
        readable, _, _ = os_select.select([connection.fileno()], [], [], 0)
    except (OSError, ValueError, psycopg.Error) as error:
        raise exc.DisconnectionError from error
    if readable:
        raise exc.DisconnectionError


def session() -> Session:
    """Return the session of the open transaction, else the reading session of this request, job or command."""
    current = _open.get()
    return _reading_session() if current is None else current.session


def writing() -> Session:
    """Return the session of the open transaction; raise RuntimeError where no edge has opened one."""
    current = _open.get()
    if current is None:
        raise RuntimeError("a service was called outside transaction()")
    return current.session


def _reading_session() -> Session:
    connection = _test_connection.get()
    if connection is None:
        return db.session()
    reading = connection.info.get("reading")
    if reading is None:
        reading = Session(bind=connection, join_transaction_mode="create_savepoint")
        connection.info["reading"] = reading
    reading.expire_all()
    return reading


def _begin() -> _Open:
    connection = _test_connection.get()
    if connection is not None:
        return _Open(connection, is_own=False)
    connection = _writing_engine(db.engine).connect()
    connection.begin()
    return _Open(connection, is_own=True)


@lru_cache(maxsize=1)
def _writing_engine(engine: sa.Engine) -> sa.Engine:
    return engine.execution_options(isolation_level="READ COMMITTED")


@contextmanager
def transaction() -> Iterator[None]:
    """Do everything in the block or nothing of it; then run what `after_commit` collected.

    Refuses to nest: one request, one job, one command is one transaction, visible at the edge. A constraint that the
    edge has a sentence for ends in RuleBroken: a lost race is a message on the page.
    """
    if _open.get() is not None:
        raise RuntimeError("transaction() does not nest")
    current = _begin()
    token = _open.set(current)
    try:
        yield
        current.commit()
    except exc.IntegrityError as error:
        current.undo()
        known = SENTENCES.get(constraint_of(error) or "")
        if known is None:
            raise
        raise RuleBroken(known[1], field=known[0]) from None
    except BaseException:
        current.undo()
        raise
    finally:
        current.close()
        _open.reset(token)
    for callable_ in current.after_commit:
        _run_after_commit(callable_)


def _run_after_commit(callable_: Callable[[], None]) -> None:
    """What follows a commit is a courtesy: the rows are safe and the sweep comes round, so a failure is only told."""
    try:
        callable_()
    except Exception:
        log.warning("after_commit_failed", exc_info=True)


def after_commit(callable_: Callable[[], None]) -> None:
    """Run `callable_` once, after the open transaction has committed; never if it does not."""
    current = _open.get()
    if current is None:
        raise RuntimeError("after_commit() outside transaction()")
    if callable_ not in current.after_commit:
        current.after_commit.append(callable_)


@contextmanager
def bound_to(connection: sa.Connection) -> Iterator[None]:
    """Let every session of the block speak through `connection` (for tests that roll everything back)."""
    token = _test_connection.set(connection)
    try:
        yield
    finally:
        reading = connection.info.pop("reading", None)
        if reading is not None:
            reading.close()
        _test_connection.reset(token)


def constraint_of(error: exc.IntegrityError) -> str | None:
    """Return the name of the constraint that `error` says was broken."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


def release() -> None:
    """Give the reading connection of this thread back to the pool before something slow begins."""
    if _test_connection.get() is None:
        db.session.remove()


def run(statement: str, values: dict) -> int:
    """Run a statement that is asked thousands of times, as `fetch` does, and return how many rows it changed."""
    return _execute(statement, values).rowcount


def fetch(statement: str, values: dict) -> list:
    """Run a statement of every request, in psycopg's own words (`%(name)s`), and return its rows as named tuples.

    It goes through the open transaction or the reading session like any other, at half the cost. A failure is the
    exception of SQLAlchemy that any other statement raises.
    """
    return _execute(statement, values).fetchall()


def _execute(statement: str, values: dict) -> psycopg.Cursor:
    current = _open.get()
    connection = current.connection if current is not None and current.is_own else session().connection()
    driver = connection.connection.driver_connection
    try:
        return driver.cursor(row_factory=namedtuple_row).execute(statement, values)
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise exc.DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True) from error


def fetch_one(statement: str, values: dict):
    """Return the only row of a statement that `fetch` would run, or None."""
    rows = fetch(statement, values)
    return rows[0] if rows else None


def forget_connections() -> None:
    """Let a forked process make connections of its own: those it inherited are its parent's and stay open there."""
    db.engine.dispose(close=False)


def enum_column(values: type[StrEnum], name: str) -> sa.Enum:
    """Return a text column type that holds the values of `values`, checked by the database as `ck_<table>_<name>`."""
    return sa.Enum(
        values, name=name, native_enum=False, create_constraint=True, length=40, values_callable=lambda e: [v.value for v in e]
    )
