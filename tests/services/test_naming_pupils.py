"""Names for the places of a class: a signup for each, a guardian who is asked by mail or by a printed sheet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link, Person
from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.activities.blocks import BlockPupil
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import facts
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services import authorising, blocks, holds, naming, sheets
from civic.activities.services.authorising import Answer
from civic.activities.services.naming import Pupil, RowsRefused
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.outbox.models import OutboxEvent
from tests import factories as make

ANNA = Pupil("Anna", "Bruni", make.THIRTEEN, "mamma.anna@example.org")
LEO = Pupil("Leo", "", make.THIRTEEN, None)
SARA = Pupil("Sara", "Neri", make.SIXTEEN, "papa.sara@example.org")


@pytest.fixture
def held(tx):
    """A class with three places in a workshop of five: the block, its teacher and the opening."""
    _, opening, _ = make.published(capacity=5)
    school, teacher = make.school()
    wish = blocks.Wish("2B", 3, True, clock.today() + timedelta(days=7))
    return blocks.ask(teacher, opening.public_id, school.slug, wish), teacher, opening


def named(tx, block) -> list[Signup]:
    pupils = sa.select(Signup).join(BlockPupil, BlockPupil.signup_id == Signup.id).where(BlockPupil.block_id == block.id)
    return list(tx.scalars(pupils.order_by(Signup.id).execution_options(populate_existing=True)))


def asked(tx, signup: Signup) -> Authorisation:
    return tx.scalar(sa.select(Authorisation).where(Authorisation.signup_id == signup.id))


def sheet_of(tx, signup: Signup) -> str:
    return links.token_of(tx.scalar(sa.select(BlockPupil.sheet_link_id).where(BlockPupil.signup_id == signup.id)))


def yes(**values) -> Answer:
    return Answer(True, "Marta Bruni", "Autorizzo", is_adult_with_responsibility=True, consent_text="Acconsento", **values)


def told(tx, name: str) -> int:
    return tx.scalar(sa.select(sa.func.count()).where(OutboxEvent.name == name))


def test_each_name_is_a_signup_that_waits_for_the_guardian_and_takes_no_place_more(tx, held):
    block, teacher, opening = held
    assert naming.name_pupils(teacher, block.public_id, [ANNA, SARA]) == 2
    first, second = named(tx, block)
    assert {first.state, second.state} == {SignupState.PENDING_GUARDIAN}
    assert first.hold_until == asked(tx, first).expires_at and first.needs_authorisation
    assert (block.unnamed, facts.get_opening(opening.id).taken, told(tx, "AuthorisationAsked")) == (1, 3, 2)
    assert list_wrong_counts() == []


def test_a_guardian_who_says_yes_makes_the_place_firm_and_one_who_is_silent_loses_it(tx, held, frozen):
    block, teacher, opening = held
    naming.name_pupils(teacher, block.public_id, [ANNA, SARA])
    first, second = named(tx, block)
    link = tx.scalar(sa.select(Link.id).where(Link.subject_id == asked(tx, first).id))
    authorising.answer_by_link(links.token_of(link), yes())
    with clock.frozen(frozen + timedelta(days=4)):
        holds.end_holds(opening.id)
    tx.refresh(first), tx.refresh(second)
    assert (first.state, second.state) == (SignupState.CONFIRMED, SignupState.EXPIRED)
    assert facts.get_opening(opening.id).taken == 2 and list_wrong_counts() == []


def test_without_an_address_nobody_is_mailed_and_the_sheet_answers(tx, held):
    block, teacher, _ = held
    naming.name_pupils(teacher, block.public_id, [LEO])
    assert told(tx, "AuthorisationAsked") == 0
    assert sheets.prepare_sheets(teacher, block.public_id) == 1
    (leo,) = named(tx, block)
    with pytest.raises(RuleBroken) as refused:
        authorising.answer_by_link(sheet_of(tx, leo), yes())
    assert refused.value.field == "email"
    authorising.answer_by_link(sheet_of(tx, leo), yes(email="Mamma.Leo@Example.org"))
    guardian = tx.get(Person, asked(tx, leo).guardian_id, populate_existing=True)
    assert (guardian.email, guardian.given_name, leo.state) == ("mamma.leo@example.org", "Marta", SignupState.CONFIRMED)


def test_printing_again_kills_the_sheets_of_before_but_not_the_mailed_link(tx, held):
    block, teacher, _ = held
    naming.name_pupils(teacher, block.public_id, [ANNA])
    (anna,) = named(tx, block)
    mailed = links.token_of(tx.scalar(sa.select(Link.id).where(Link.subject_id == asked(tx, anna).id)))
    sheets.prepare_sheets(teacher, block.public_id)
    before = sheet_of(tx, anna)
    sheets.prepare_sheets(teacher, block.public_id)
    with pytest.raises(RuleBroken):
        links.get_usable_link(before, LinkPurpose.AUTHORISATION)
    for token in (mailed, sheet_of(tx, anna)):
        links.get_usable_link(token, LinkPurpose.AUTHORISATION)
    row = tx.scalar(sa.select(Link).where(Link.id == int(before.split("-")[0])))
    assert before.encode() not in row.token_hash and len(row.token_hash) == 32


def test_where_everybody_has_answered_there_is_no_sheet_to_print(tx, held):
    block, teacher, _ = held
    with pytest.raises(RuleBroken):
        sheets.prepare_sheets(teacher, block.public_id)


def test_one_wrong_row_keeps_every_name_from_being_written(tx, held):
    block, teacher, _ = held
    grown = Pupil("Ugo", "Rossi", date(2000, 1, 1), None)
    for rows, field in (
        ([ANNA, Pupil("", "", make.THIRTEEN, None)], "given_name"),
        ([ANNA, Pupil("Mia", "", None, None)], "birth_on"),
        ([ANNA, Pupil("Mia", "", date(2090, 1, 1), None)], "birth_on"),
        ([ANNA, Pupil("Mia", "", make.SIXTEEN, None)], "family_name"),
        ([ANNA, grown], "birth_on"),
        ([ANNA, ANNA], "given_name"),
    ):
        with pytest.raises(RowsRefused) as refused:
            naming.name_pupils(teacher, block.public_id, rows)
        assert [(number, error.field) for number, error in refused.value.rows] == [(1, field)]
    assert named(tx, block) == [] and block.unnamed == 3


def test_ages_are_judged_for_each_pupil_as_for_everybody(tx):
    _, opening, _ = make.published(capacity=5, age_min=14, age_max=16)
    school, teacher = make.school()
    block = blocks.ask(teacher, opening.public_id, school.slug, blocks.Wish("2B", 2, True, clock.today()))
    with pytest.raises(RowsRefused):
        naming.name_pupils(teacher, block.public_id, [ANNA])
    assert naming.name_pupils(teacher, block.public_id, [SARA]) == 1


def test_who_is_signed_up_already_is_not_named_twice(tx, held):
    block, teacher, _ = held
    naming.name_pupils(teacher, block.public_id, [ANNA])
    with pytest.raises(RowsRefused):
        naming.name_pupils(teacher, block.public_id, [ANNA])


def test_more_names_than_places_are_refused(tx, held):
    block, teacher, _ = held
    with pytest.raises(RuleBroken) as refused:
        naming.name_pupils(teacher, block.public_id, [ANNA, SARA, LEO, Pupil("Ida", "", make.THIRTEEN, None)])
    assert refused.value.values == {"count": 4, "left": 3}


def test_a_name_that_is_taken_back_leaves_the_place_to_the_class(tx, held):
    block, teacher, opening = held
    naming.name_pupils(teacher, block.public_id, [ANNA])
    (anna,) = named(tx, block)
    naming.take_name_back(teacher, block.public_id, anna.public_id)
    assert (block.unnamed, named(tx, block), facts.get_opening(opening.id).taken) == (3, [], 3)
    assert list_wrong_counts() == []


def test_once_the_time_is_over_nobody_is_named_and_what_is_taken_back_goes_on(tx, held):
    block, teacher, opening = held
    naming.name_pupils(teacher, block.public_id, [ANNA])
    (anna,) = named(tx, block)
    with clock.frozen(block.names_until), pytest.raises(RuleBroken):
        naming.name_pupils(teacher, block.public_id, [SARA])
    blocks.give_back(teacher, block.public_id, 2)
    naming.take_name_back(teacher, block.public_id, anna.public_id)
    assert facts.get_opening(opening.id).taken == 0 and list_wrong_counts() == []


def test_what_the_family_has_authorised_the_school_does_not_take_back(tx, held):
    block, teacher, _ = held
    naming.name_pupils(teacher, block.public_id, [LEO])
    sheets.prepare_sheets(teacher, block.public_id)
    (leo,) = named(tx, block)
    authorising.answer_by_link(sheet_of(tx, leo), yes(phone="051 219 4000"))
    with pytest.raises(RuleBroken):
        naming.take_name_back(teacher, block.public_id, leo.public_id)


def test_another_address_kills_the_sheet_and_asks_there(tx, held):
    block, teacher, _ = held
    naming.name_pupils(teacher, block.public_id, [LEO])
    sheets.prepare_sheets(teacher, block.public_id)
    (leo,) = named(tx, block)
    before = sheet_of(tx, leo)
    naming.correct_address(teacher, block.public_id, leo.public_id, "nonna@example.org")
    with pytest.raises(RuleBroken):
        links.get_usable_link(before, LinkPurpose.AUTHORISATION)
    assert told(tx, "AuthorisationAsked") == 1


def test_names_are_given_by_who_teaches_the_class_alone(tx, held):
    block, _teacher, _ = held
    _, stranger = make.school()
    colleague = make.account()
    make.member(block.organisation_id, colleague.id)
    roles = {block.organisation_id: next(iter(stranger.organisations.values()))}
    with pytest.raises(NotFound):
        naming.name_pupils(stranger, block.public_id, [ANNA])
    with pytest.raises(NotAllowed):
        naming.name_pupils(make.actor_of(colleague, organisations=roles, has_second_factor=True), block.public_id, [ANNA])
    with pytest.raises(NotFound):
        naming.take_name_back(_teacher, block.public_id, "nobody")
