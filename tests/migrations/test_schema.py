"""The migrations make the schema that the models say."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from civic.migrations import running
from civic.tables import Base


def test_models_equal_the_migrated_schema(services):
    engine = sa.create_engine(services.config().DATABASE_URL)
    try:
        assert running.differences(engine) == []
    finally:
        engine.dispose()


def test_there_is_one_head():
    assert len(ScriptDirectory("civic/migrations").get_heads()) == 1


def test_every_constraint_and_index_has_a_name():
    nameless = [
        f"{table.name}: {constraint}"
        for table in Base.metadata.tables.values()
        for constraint in (*table.constraints, *table.indexes)
        if not constraint.name
    ]
    assert nameless == []


def test_every_foreign_key_has_an_index():
    bare = []
    for table in Base.metadata.tables.values():
        leading = {index.columns[0].name for index in table.indexes}
        leading |= {next(iter(constraint.columns)).name for constraint in table.constraints if _is_key(constraint)}
        bare += [f"{table.name}.{key.parent.name}" for key in table.foreign_keys if key.parent.name not in leading]
    assert bare == []


def _is_key(constraint) -> bool:
    return isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"])
def test_the_audit_cannot_be_changed(connection, statement):
    insert = "INSERT INTO audit_entry (at, action, subject_type, details) VALUES ('2026-01-01', 'a', 'b', '{}')"
    connection.execute(sa.text(insert))
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), connection.begin_nested():
        connection.execute(sa.text(statement))
