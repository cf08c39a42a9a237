"""What is kept of a class: known to whom it is about, gone with them, and gone a year after."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.blocks import Block, BlockPupil
from civic.activities.models import Authorisation, Signup
from civic.activities.services import blocks, erasing, holds, naming
from civic.activities.services.naming import Pupil
from civic.jobs import nightly
from civic.kernel import clock
from civic.reporting.personal_data import collect_personal_data
from tests import factories as make


def named():
    """A class with one pupil who has a name; return block, teacher and activity."""
    activity, opening, _ = make.published(capacity=5)
    school, teacher = make.school()
    block = blocks.ask(teacher, opening.public_id, school.slug, blocks.Wish("2B", 2, True, clock.today()))
    naming.name_pupils(teacher, block.public_id, [Pupil("Anna", "Bruni", make.THIRTEEN, "mamma@example.org")])
    return block, teacher, activity, school


def count(tx, table) -> int:
    return tx.scalar(sa.select(sa.func.count()).select_from(table))


def test_who_teaches_and_who_was_named_find_the_class_in_what_is_known_of_them(tx):
    _, teacher, activity, school = named()
    (asked,) = collect_personal_data(teacher)["me"]["classes"]
    assert (asked["label"], asked["activity"], asked["size"]) == ("2B", activity.title, 2)
    child = tx.get(Person, tx.scalar(sa.select(Signup.person_id)))
    (signup,) = collect_personal_data(make.guardian_of(child))["young_people_i_answer_for"][0]["signups"]
    assert signup["named_by_class"] == f"{school.name}, 2B"


def test_a_pupil_whose_family_never_answers_is_erased_with_who_was_asked(tx, frozen):
    named()
    signup = tx.scalar(sa.select(Signup))
    guardian = tx.scalar(sa.select(Authorisation.guardian_id))
    with clock.frozen(frozen + timedelta(days=3)):
        holds.end_holds(signup.opening_id)
    with clock.frozen(frozen + timedelta(days=4)):
        assert erasing.erase_not_agreed() == 2
    for person in (signup.person_id, guardian):
        row = tx.get(Person, person, populate_existing=True)
        assert (row.given_name, row.email, row.birth_on) == ("", None, None)


def test_of_a_class_nothing_stays_a_year_after(tx):
    _, _, activity, _ = named()
    statements = [(kept, statement) for table, kept, statement in nightly.RETENTION if table in ("block_pupil", "block")]
    for day, left in ((364, 1), (366, 0)):
        for kept, statement in statements:
            tx.execute(sa.text(statement), {"before": activity.ends_at + timedelta(days=day) - kept})
        assert (count(tx, Block), count(tx, BlockPupil)) == (left, left)
