"""What comes by night, or every hour: one part that fails does not keep the others from being done."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.services import registering
from civic.accounts.services.people import PersonDetails
from civic.activities.services import age_exceptions
from civic.announcements.services.announcing import announce
from civic.announcements.types import Audience
from civic.care.services.viewing import note_viewings
from civic.care.types import Record
from civic.jobs import nightly
from civic.kernel import clock
from civic.kernel.db import db
from tests import factories as make
from tests.care import family


@pytest.fixture
def forgotten_table(town):
    """A table that hangs on accounts and that nobody has told the job of."""
    with db.engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE forgotten (account_id bigint REFERENCES account)"))
        yield connection
        connection.execute(sa.text("DROP TABLE forgotten"))


def test_who_cannot_be_erased_keeps_nobody_else_and_the_job_ends_as_failed(forgotten_table, rows, write, caplog):
    details = PersonDetails("Zqada", "Zqneri", make.ADULT, "zqada@example.org")
    write(registering.register, details, "tre parole di fila", "Ho letto")
    forgotten_table.execute(sa.text("INSERT INTO forgotten SELECT id FROM account"))
    write(make.person, name="Zqugo")
    with clock.frozen(clock.now() + timedelta(days=8)), pytest.raises(RuntimeError, match="end_unconfirmed"):
        nightly.erase_people()
    assert rows("SELECT given_name FROM person WHERE given_name <> ''") == [("Zqada",)]
    assert "ForeignKeyViolation" in caplog.text and "zqada" not in caplog.text.lower()


def test_declarations_of_certificates_go_five_years_after_they_ended(town, rows, write):
    def declare() -> None:
        row, _ = make.organisation()
        for days in (-1828, -1833):
            make.declared(make.member(row.id, make.account().id), days=days)

    write(declare)
    assert nightly.clean_up()["safeguarding_declaration"] == 1
    assert len(rows("SELECT id FROM safeguarding_declaration")) == 1


def test_what_has_served_its_time_is_deleted_and_not_a_day_before(town, rows, write):
    activity, opening, coordinator = write(make.published, age_min=11)
    write(age_exceptions.allow, coordinator, activity.public_id, "Viene con la sorella")
    write(make.signed_up, opening)
    write(announce, coordinator, activity.public_id, Audience.EVERYBODY, "Portate le scarpe.")
    ends_at = activity.ends_at
    with clock.frozen(ends_at + timedelta(days=364)):
        kept = nightly.clean_up()
        assert kept["age_exception"] == kept["announcement"] == 0
    assert rows("SELECT reason FROM age_exception") == [("Viene con la sorella",)]
    with clock.frozen(ends_at + timedelta(days=366)):
        deleted = nightly.clean_up()
    assert deleted["age_exception"] == 1 and rows("SELECT count(*) FROM age_exception") == [(0,)]
    assert deleted["announcement"] == 1
    # The event that published it was never done, and what is not done stays.
    assert deleted["outbox_event"] == 0 and rows("SELECT count(*) > 0 FROM outbox_event") == [(True,)]


def test_who_was_shown_what_is_known_for_two_years_and_only_the_night_forgets_it(town, rows, write):
    one = write(family)
    with clock.frozen(one.starts_at):
        write(note_viewings, one.coordinator, [(Record.HEALTH, one.signup_id)], in_full=True)
    for days, left in ((730, 1), (732, 0)):
        with clock.frozen(one.starts_at + timedelta(days=days)):
            nightly.clean_up()
        assert rows("SELECT count(*) FROM care_viewing") == [(left,)]
