"""Who no longer answers for a young person hears and sees nothing more of them, from that moment on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from civic.accounts.models import Guardianship, Person
from civic.accounts.types import Relationship
from civic.activities.queries.linked import actor_of_token, manage_token
from civic.activities.services import authorising, cancelling, withdrawing
from civic.activities.services.authorising import Given
from civic.activities.services.signing_up import Entry, sign_up
from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotFound
from civic.kernel.ids import new_public_id
from civic.notifications import inbox
from civic.outbox import draining
from tests import factories as make

ALMOST_18 = make.NOW.date().replace(year=make.NOW.year - 18) + timedelta(days=3)


def family(birth_on=make.THIRTEEN) -> tuple[Actor, Actor, Person]:
    """A child with two guardians who both have an account."""
    child = make.person(birth_on, email=None)
    mother = make.guardian_of(child)
    father = make.account()
    writing().add(
        Guardianship(guardian_id=father.id, ward_id=child.id, relationship=Relationship.PARENT, created_at=clock.now())
    )
    writing().flush()
    return mother, make.actor_of(father, wards=frozenset({child.id})), child


def enrolled(birth_on=make.THIRTEEN):
    mother, father, child = family(birth_on)
    activity, opening, coordinator = make.published()
    given = Given(mother.person_id, "Autorizzo")
    public_id = sign_up(mother, Entry(opening.public_id, child.id, new_public_id(), authorisation=given))
    return mother, father, child, public_id, activity, coordinator


def is_let_in(actor: Actor, public_id: str) -> bool:
    try:
        return bool(actor_of_token(manage_token(public_id, actor.person_id)))
    except NotFound:
        return False


def mails_of(sink, rows, actor: Actor) -> list:
    return sink.to(rows("SELECT email FROM person WHERE id = :id", id=actor.person_id)[0].email)


def test_a_guardian_who_leaves_gets_no_mail_that_was_waiting_and_no_page(write, sink, rows):
    mother, father, child, public_id, activity, coordinator = write(enrolled)
    sweep.sweep()
    assert len(mails_of(sink, rows, mother)) == len(mails_of(sink, rows, father)) == 1
    assert is_let_in(mother, public_id) and inbox.list_messages(mother, "it", 1)[1] == 1
    write(cancelling.cancel_activity, coordinator, activity.public_id, "Manca la sala.")
    draining.drain()
    write(withdrawing.end_guardianship, mother, mother.person_id, child.id)
    sink.clear()
    sweep.sweep()
    assert mails_of(sink, rows, mother) == []
    assert len(mails_of(sink, rows, father)) == 1
    assert not is_let_in(mother, public_id)
    assert inbox.list_messages(replace(mother, wards=frozenset()), "it", 1) == ((), 0)
    assert inbox.list_messages(father, "it", 1)[1] == 2


def test_at_18_what_was_waiting_for_the_guardian_is_no_longer_theirs(write, sink, rows):
    mother, father, _, public_id, activity, coordinator = write(enrolled, ALMOST_18)
    sweep.sweep()
    write(cancelling.cancel_activity, coordinator, activity.public_id, "Manca la sala.")
    draining.drain()
    sink.clear()
    with clock.frozen(clock.now() + timedelta(days=4)):
        sweep.sweep()
        for guardian in (mother, father):
            assert mails_of(sink, rows, guardian) == []
            assert not is_let_in(guardian, public_id)
            assert inbox.list_messages(guardian, "it", 1) == ((), 0)


def test_with_the_guardian_goes_the_yes_and_what_only_they_authorised_ends(write, rows):
    mother, _, child, public_id, *_ = write(enrolled)
    write(withdrawing.end_guardianship, mother, mother.person_id, child.id)
    assert rows("SELECT state FROM signup WHERE public_id = :id", id=public_id)[0].state == "cancelled"


def test_what_another_guardian_authorised_as_well_stays(write, rows):
    mother, father, child, public_id, *_ = write(enrolled)
    signup_id = rows("SELECT id FROM signup WHERE public_id = :id", id=public_id)[0].id
    write(authorising.write_given, father, signup_id, Given(father.person_id, "Autorizzo"))
    write(withdrawing.end_guardianship, mother, mother.person_id, child.id)
    assert rows("SELECT state FROM signup WHERE public_id = :id", id=public_id)[0].state == "confirmed"


def test_a_question_that_is_open_ends_with_the_guardian_who_was_asked(write, rows):
    def ask():
        mother, _, child = family(make.SIXTEEN)
        _, opening, _ = make.published()
        sign_up(mother, Entry(opening.public_id, child.id, new_public_id(), guardian_id=mother.person_id))
        return mother, child

    mother, child = write(ask)
    write(withdrawing.end_guardianship, mother, mother.person_id, child.id)
    asked = rows("SELECT h.answer, h.withdrawn_at, k.used_at FROM authorisation h JOIN link k ON k.subject_id = h.id")[0]
    assert asked.answer == "expired" and asked.withdrawn_at is not None and asked.used_at is not None


@pytest.mark.parametrize("who", ["a stranger", "the other guardian"])
def test_nobody_ends_what_another_answers_for(write, who):
    mother, father, child, *_ = write(enrolled)
    actor = father if who == "the other guardian" else write(lambda: make.actor_of(make.account()))
    with pytest.raises(NotFound):
        write(withdrawing.end_guardianship, actor, mother.person_id, child.id)
