"""A part of a transaction that is undone gives its row locks back, and leaves the rest of the transaction as it was."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.kernel.db import attempt, db, fetch, session, transaction
from tests import factories as make

_SHARED = "SELECT id FROM person WHERE id = %(id)s FOR SHARE"
_ALONE = "SELECT id FROM person WHERE id = :id FOR UPDATE SKIP LOCKED"


def can_be_had_alone(person_id: int) -> bool:
    with db.engine.connect() as other:
        return other.execute(sa.text(_ALONE), {"id": person_id}).first() is not None


def test_what_is_undone_gives_its_locks_back_and_what_came_before_stays(busy):
    with transaction():
        person_id = make.person().id
    with transaction() as writing:
        fetch("SELECT 1", {})
        writing.execute(sa.update(Person).where(Person.id == make.person().id).values(given_name="Resta"))
        with attempt() as undo:
            fetch(_SHARED, {"id": person_id})
            assert not can_be_had_alone(person_id)
            undo()
        assert can_be_had_alone(person_id)
    assert session().scalar(sa.select(sa.func.count()).where(Person.given_name == "Resta")) == 1


def test_what_is_kept_keeps_its_locks(busy):
    with transaction():
        person_id = make.person().id
    with transaction():
        with attempt():
            fetch(_SHARED, {"id": person_id})
        assert not can_be_had_alone(person_id)
