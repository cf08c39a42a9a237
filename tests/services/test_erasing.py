"""What is kept of people, and for how long: a test for each class, with a name that occurs nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Link, RecoveryCode
from civic.accounts.services import closing, links, people, recovering, registering, sessions
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose, Relationship
from civic.activities.models import Signup
from civic.activities.services import age_exceptions, authorising, erasing, holds
from civic.activities.services.authorising import Answer, Given
from civic.activities.services.confirming import confirm_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.ways_in import AgeException
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.ids import new_public_id
from civic.notifications import feeds, following, preferences
from civic.notifications.topics import Subject, Topic
from civic.notifications.types import Category, Mode
from civic.organisations.services import members
from civic.organisations.services.verifying import add_member
from tests import factories as make

YES = Answer(True, "Zqmaria Rossi", "Autorizzo", is_adult_with_responsibility=True, consent_text="Acconsento")
DAY = timedelta(days=1)


def enter(opening, newcomer: Newcomer) -> str:
    return sign_up_newcomer(opening.public_id, newcomer, new_public_id(), joins_queue=False)


def token_for(tx, purpose: LinkPurpose) -> str:
    return links.token_of(tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def child() -> Newcomer:
    return Newcomer(PersonDetails("Zqleo", birth_on=make.THIRTEEN), "", guardian_email="zqmamma@example.org")


def adult() -> Newcomer:
    return Newcomer(PersonDetails("Zqada", "Zqneri", make.ADULT, "zqada@example.org"), "Ho letto")


def young() -> Newcomer:
    details = PersonDetails("Zqomar", "Zqneri", make.SIXTEEN, "zqomar@example.org")
    return Newcomer(details, "Ho letto", guardian_email="zqpapa@example.org")


def parent() -> Newcomer:
    guardian = PersonDetails("Zqmaria", "Zqrossi", None, "zqmaria@example.org")
    return Newcomer(PersonDetails("Zqleo", "Zqrossi", make.THIRTEEN), "Acconsento", guardian=guardian, authorisation_text="Sì")


def traces(tx) -> list[str]:
    """Everything in the tables of people and what was said of them that holds a canary."""
    found = []
    for table, columns in {
        "person": ("given_name", "family_name", "email", "phone"),
        "account": ("email",),
        "authorisation": ("answered_name",),
    }.items():
        for column in columns:
            rows = tx.execute(sa.text(f"SELECT {column} FROM {table} WHERE lower({column}) LIKE 'zq%'"))
            found += [f"{table}.{column}={row[0]}" for row in rows]
    return found


@pytest.mark.parametrize("newcomer", [child, adult, young, parent])
def test_of_newcomers_nobody_confirmed_or_answered_for_nothing_stays(tx, newcomer):
    _, opening, _ = make.published()
    enter(opening, newcomer())
    assert erasing.erase_not_agreed() == 0 and traces(tx)
    later = clock.now() + timedelta(hours=73)
    with clock.frozen(later):
        holds.end_holds(opening.id)
    with clock.frozen(later + timedelta(hours=13)):
        assert erasing.erase_not_agreed() > 0
    assert traces(tx) == []
    assert tx.scalar(sa.select(sa.func.count()).select_from(Signup)) == 1


def test_a_newcomer_who_waited_unconfirmed_until_the_end_does_not_stay(tx):
    _, opening, _ = make.published(capacity=1)
    make.signed_up(opening)
    sign_up_newcomer(opening.public_id, adult(), new_public_id(), joins_queue=True)
    with clock.frozen(clock.now() + 16 * DAY):
        erasing.erase_not_agreed()
    assert traces(tx) == []


def test_of_a_child_whose_guardian_said_no_nothing_stays(tx):
    _, opening, _ = make.published()
    enter(opening, child())
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), Answer(is_granted=False))
    assert erasing.erase_not_agreed() == 0
    with clock.frozen(clock.now() + timedelta(hours=13)):
        assert erasing.erase_not_agreed() == 2
    assert traces(tx) == []


@pytest.mark.parametrize(("newcomer", "purpose"), [(child, LinkPurpose.AUTHORISATION), (adult, LinkPurpose.CONFIRM_SIGNUP)])
def test_who_agreed_stays_until_a_year_after_the_activity(tx, newcomer, purpose):
    _, opening, _ = make.published()
    enter(opening, newcomer())
    if purpose is LinkPurpose.AUTHORISATION:
        authorising.answer_by_link(token_for(tx, purpose), YES)
    else:
        confirm_address(token_for(tx, purpose))
    with clock.frozen(clock.now() + 378 * DAY):
        assert erasing.erase_not_agreed() == erasing.erase_long_over() == 0
        assert traces(tx)
    with clock.frozen(clock.now() + 380 * DAY):
        assert erasing.erase_long_over() > 0
    assert traces(tx) == []
    assert tx.scalar(sa.select(sa.func.count()).select_from(Signup).where(Signup.state == "confirmed")) == 1


def test_who_has_an_account_and_the_children_in_it_stay_as_long_as_the_account(tx):
    _, opening, _ = make.published()
    mother = make.account(name="Zqmaria")
    details = PersonDetails("Zqleo", "Zqrossi", make.THIRTEEN)
    people.add_child(make.actor_of(mother), details, Relationship.PARENT, "Acconsento")
    make.signed_up(opening, name="Zqada")
    with clock.frozen(clock.now() + 800 * DAY):
        erasing.erase_not_agreed()
        erasing.erase_long_over()
    assert {trace.partition("=")[2] for trace in traces(tx)} >= {"Zqmaria", "Zqleo", "Zqada"}


@pytest.mark.parametrize("took_part", [True, False])
def test_who_grew_up_in_the_account_of_a_parent_goes_when_of_age_and_the_last_activity_is_a_year_over(tx, took_part):
    mother = make.account()
    details = PersonDetails("Zqleo", "Zqrossi", make.SIXTEEN)
    leo = people.add_child(make.actor_of(mother), details, Relationship.PARENT, "Acconsento")
    if took_part:
        actor = make.actor_of(mother, wards=frozenset({leo.id}))
        given = Given(mother.id, "Autorizzo")
        entry = Entry(make.published()[1].public_id, leo.id, new_public_id(), authorisation=given)
        sign_up(actor, entry)
    for day, stays in ((date(2028, 6, 30), True), (date(2028, 7, 2), False)):
        with clock.frozen(clock.rome_midnight(day)):
            erasing.erase_not_agreed()
            erasing.erase_long_over()
        assert bool(traces(tx)) is stays


def test_who_answered_for_somebody_does_not_stay_for_that_once_they_are_of_age(tx):
    contact = make.person(None, name="Zqmaria", email="zqmaria@example.org")
    people.ensure_guardianship(contact.id, make.account(make.SIXTEEN).id)
    with clock.frozen(clock.rome_midnight(date(2028, 7, 2))):
        erasing.erase_not_agreed()
    assert traces(tx) == []


def test_why_a_child_was_let_in_outside_the_ages_goes_with_the_child(tx):
    activity, opening, coordinator = make.published(age_min=14, age_max=16)
    leave = age_exceptions.allow(coordinator, activity.public_id, "Zqleo, 13 anni, fratello di Ada")
    enter(opening, replace(child(), age_exception=age_exceptions.token_of(leave)))
    authorising.answer_by_link(token_for(tx, LinkPurpose.AUTHORISATION), Answer(is_granted=False))
    with clock.frozen(clock.now() + timedelta(hours=13)):
        assert erasing.erase_not_agreed() == 2
    tx.expire_all()
    assert tx.scalar(sa.select(AgeException.reason)) == ""


def test_a_child_whose_consent_was_withdrawn_does_not_stay(tx):
    mother = make.account()
    actor = make.actor_of(mother)
    leo = people.add_child(actor, PersonDetails("Zqleo", "Zqrossi", make.THIRTEEN), Relationship.PARENT, "Acconsento")
    actor = make.actor_of(mother, wards=frozenset({leo.id}))
    closing.withdraw_consents(actor, leo.id)
    closing.end_guardianship(actor, mother.id, leo.id)
    with clock.frozen(clock.now() + DAY):
        erasing.erase_not_agreed()
    assert traces(tx) == []


def registered(tx) -> Account:
    details = PersonDetails("Zqada", "Zqneri", make.ADULT, "zqada@example.org")
    registering.register(details, "tre parole di fila", "Ho letto")
    return tx.scalar(sa.select(Account))


def test_a_registration_nobody_confirmed_ends_after_a_week(tx):
    registered(tx)
    for days, stays in ((6, True), (8, False)):
        with clock.frozen(clock.now() + days * DAY):
            erasing.end_unconfirmed_registrations()
            erasing.erase_not_agreed()
        assert bool(traces(tx)) is stays


def test_an_account_closed_and_registered_anew_has_its_week_and_then_goes_with_what_hangs_on_it(tx):
    account = registered(tx)
    registering.confirm_account(token_for(tx, LinkPurpose.CONFIRM_ADDRESS), None)
    actor = Actor(person_id=account.person_id, account_id=account.id)
    sessions.start_session(account.id, "")
    recovering.make_codes(actor)
    closing.close_account(actor)
    assert not tx.scalar(sa.select(sa.func.count()).select_from(RecoveryCode))
    with clock.frozen(clock.now() + 30 * DAY):
        registered(tx)
        for days, ended in ((6, 0), (8, 1)):
            with clock.frozen(clock.now() + days * DAY):
                assert erasing.end_unconfirmed_registrations() == ended
    assert tx.scalar(sa.select(sa.func.count()).select_from(Account)) == 0


def test_a_registration_nobody_confirmed_goes_with_codes_and_sessions(tx):
    account = registered(tx)
    sessions.start_session(account.id, "")
    recovering.make_codes(Actor(person_id=account.person_id, account_id=account.id))
    with clock.frozen(clock.now() + 8 * DAY):
        assert erasing.end_unconfirmed_registrations() == 1


def test_of_an_account_closed_by_its_owner_nothing_stays(tx):
    account = registered(tx)
    registering.confirm_account(token_for(tx, LinkPurpose.CONFIRM_ADDRESS), None)
    actor = Actor(person_id=account.person_id, account_id=account.id)
    closing.withdraw_consents(actor, account.person_id)
    closing.close_account(actor)
    with clock.frozen(clock.now() + DAY):
        erasing.erase_not_agreed()
    assert traces(tx) == []


def test_what_somebody_followed_and_chose_goes_with_their_account(tx):
    person = make.account(name="Zqada")
    account_id = tx.scalar(sa.select(Account.id).where(Account.person_id == person.id))
    actor = make.actor_of(person, account_id=account_id)
    following.follow(actor, [Topic(Subject.KIND, "workshop")])
    preferences.choose(person.id, Category.NEWS, Mode.DAILY)
    feeds.make_address(actor)
    closing.close_account(actor)
    with clock.frozen(clock.now() + 2 * DAY):
        erasing.erase_not_agreed()
        erasing.erase_long_over()
    for table in ("follow", "preference", "calendar_feed"):
        assert tx.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE person_id = :id"), {"id": person.id}) == 0, table


def test_who_answers_for_somebody_stays(tx):
    contact = make.person(None, name="Zqmaria", email="zqmaria@example.org")
    child = make.person(make.THIRTEEN)
    people.give_consent(child.id, contact.id, "Acconsento")
    people.ensure_guardianship(contact.id, child.id)
    with clock.frozen(clock.now() + 30 * DAY):
        erasing.erase_not_agreed()
    assert traces(tx)


def test_who_was_invited_stays_as_long_as_the_invitation(tx):
    row, _ = make.organisation()
    owner = make.account()
    add_member(row.id, owner.id, OrganisationRole.OWNER)
    actor = make.actor_of(owner, organisations={row.id: OrganisationRole.OWNER}, has_second_factor=True)
    members.invite_member(actor, row.id, "zqospite@example.org", OrganisationRole.FACILITATOR)
    for days, stays in ((13, True), (15, False)):
        with clock.frozen(clock.now() + days * DAY):
            erasing.erase_not_agreed()
        assert bool(traces(tx)) is stays
