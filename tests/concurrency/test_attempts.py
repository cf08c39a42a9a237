"""A part of a transaction that is undone leaves nothing behind, in whosever words its statements went to the database."""

from __future__ import annotations

import sqlalchemy as sa

from civic.kernel.db import attempt, db, fetch, run, session, transaction
from tests import factories as make


def test_what_an_attempt_wrote_and_locked_is_given_back_when_it_is_undone(busy):
    with transaction():
        _, opening, _ = make.published(capacity=3)
    values = {"id": opening.id}
    with transaction():
        fetch("SELECT id FROM opening WHERE id = %(id)s", values)
        with attempt() as undo:
            fetch("SELECT id FROM opening WHERE id = %(id)s FOR SHARE", values)
            run("UPDATE opening SET capacity = 9 WHERE id = %(id)s", values)
            undo()
        with db.engine.connect() as other:
            other.execute(sa.text("SELECT FROM opening WHERE id = :id FOR UPDATE NOWAIT"), values)
    assert session().scalar(sa.text("SELECT capacity FROM opening WHERE id = :id"), values) == 3


def test_what_an_attempt_wrote_stays_when_it_is_not_undone(busy):
    with transaction():
        _, opening, _ = make.published(capacity=3)
    with transaction(), attempt():
        run("UPDATE opening SET capacity = 9 WHERE id = %(id)s", {"id": opening.id})
    assert session().scalar(sa.text("SELECT capacity FROM opening WHERE id = :id"), {"id": opening.id}) == 9
