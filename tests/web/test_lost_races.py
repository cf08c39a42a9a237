"""Who loses a race reads a sentence, and the log does not read the row."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account
from civic.activities.models import Opening
from civic.kernel import clock, logs
from civic.kernel.db import transaction, writing
from civic.kernel.errors import RuleBroken
from civic.web.constraints import SENTENCES
from tests import factories as make


def second_account(email: str) -> None:
    person = make.person()
    writing().add(Account(person_id=person.id, email=email, created_at=clock.now()))
    writing().flush()


def test_a_lost_race_for_an_address_is_a_sentence_beside_the_field(connection):
    with pytest.raises(RuleBroken) as caught, transaction():
        make.account(email="zqrace@example.org")
        second_account("zqrace@example.org")
    assert caught.value.field == "email"


def test_a_lost_race_for_a_place_is_a_sentence(connection):
    with transaction():
        _, opening, _ = make.published(capacity=1)
    with pytest.raises(RuleBroken), transaction():
        writing().execute(sa.update(Opening).where(Opening.id == opening.id).values(taken=2))


def test_every_constraint_of_the_table_exists(connection):
    names = sa.text("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
    in_database = set(connection.execute(names).scalars())
    assert set(SENTENCES) <= in_database


def test_the_log_of_a_broken_constraint_holds_no_value_of_the_row(connection, monkeypatch, capsys):
    monkeypatch.setattr("civic.kernel.db.SENTENCES", {})
    root = logging.getLogger()
    level, handlers = root.level, root.handlers
    logs.configure("DEBUG")
    try:
        with transaction():
            make.person(name="Zqgivenname\nof two lines", phone="+39 051 7788")
            writing().execute(sa.text("UPDATE person SET language = 'zz'"))
    except sa.exc.IntegrityError:
        logging.getLogger("civic.test").exception("failed")
    finally:
        root.handlers, root.level = handlers, level
    written = capsys.readouterr().err
    assert "ck_person_language" in written
    assert "Zqgiven" not in written and "7788" not in written
