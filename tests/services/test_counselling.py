"""Counselling: who is 14 to 17 comes alone, as a person whom nobody answers for and nobody finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Link, Person
from civic.accounts.services import links, people, registering
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import facts
from civic.activities.queries.participants import list_people
from civic.activities.services import publishing
from civic.activities.services.authorising import Given
from civic.activities.services.confirming import confirm_address
from civic.activities.services.counselling import mark_counselling
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.publishing import ActivityFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, SignupState
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import Actor, Role
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications.routing import recipients_for
from tests import factories as make
from tests.services.test_both_guardians import signup_of, state_of
from tests.services.test_waiting_list import events

ADA = PersonDetails("Ada", "Rossi", make.SIXTEEN, "ada@example.org", is_confided=True)


def officer() -> Actor:
    return make.actor_of(make.account(), roles=frozenset({Role.SAFEGUARDING_OFFICER}), has_second_factor=True)


def counselling(**fields):
    activity, opening, coordinator = make.published(**fields)
    mark_counselling(officer(), activity.public_id, is_counselling=True)
    return activity, opening, coordinator


def confided(opening, who: PersonDetails = ADA) -> str:
    return sign_up_newcomer(opening.public_id, Newcomer(who, "Acconsento"), new_public_id(), joins_queue=False)


def click(tx) -> None:
    confirm_address(links.token_of(tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == LinkPurpose.CONFIRM_SIGNUP))))


def test_who_is_sixteen_has_a_place_with_a_click_of_their_own_and_nobody_is_asked(tx):
    _, opening, _ = counselling()
    public_id = confided(opening)
    click(tx)
    signup = signup_of(tx, public_id)
    assert (signup.state, signup.needs_authorisation) == (SignupState.CONFIRMED, False)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Authorisation)) == 0
    assert tx.scalar(sa.select(Consent.given_by_id)) == signup.person_id
    assert recipients_for(signup.id, "signup_confirmed") == [signup.person_id]


@pytest.mark.parametrize("born", [make.THIRTEEN, make.ADULT])
def test_under_fourteen_and_of_age_nobody_comes_in_confidence(tx, born):
    _, opening, _ = counselling()
    with pytest.raises(RuleBroken, match="a parent must be asked"):
        confided(opening, replace(ADA, birth_on=born))


def test_to_what_is_no_counselling_nobody_comes_without_a_guardian(tx):
    _, opening, _ = make.published()
    with pytest.raises(RuleBroken, match="a parent must be asked"):
        confided(opening)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Signup)) == 0


def test_one_rule_says_who_needs_a_guardian(tx):
    _, opening, _ = counselling()
    asked = facts.get_opening(opening.id)
    young = make.person(make.SIXTEEN)
    apart = people.add_person(ADA)
    assert rules.needs_guardian(facts.get_person(young.id), asked)
    assert not rules.needs_guardian(facts.get_person(apart.id), asked)


def test_the_person_is_another_than_the_one_of_the_account_and_the_address_finds_the_same_again(tx):
    (_, opening, _), (_, other, _) = counselling(), counselling()
    known = make.account(make.SIXTEEN, name="Ada", email="ada@example.org")
    tx.execute(sa.update(Person).where(Person.id == known.id).values(family_name="Rossi"))
    first = confided(opening)
    click(tx)
    second = confided(other)
    click(tx)
    person_id = signup_of(tx, first).person_id
    assert person_id == signup_of(tx, second).person_id != known.id
    assert tx.scalar(sa.select(Account.person_id).where(Account.email == "ada@example.org")) == known.id


def test_an_ordinary_sign_up_with_the_same_data_is_of_another_person(tx):
    (_, opening, _), (_, ordinary, _) = counselling(), make.published()
    apart = signup_of(tx, confided(opening)).person_id
    click(tx)
    entry = Newcomer(replace(ADA, is_confided=False), "Acconsento", guardian_email="mamma@example.org")
    asked = sign_up_newcomer(ordinary.public_id, entry, new_public_id(), joins_queue=False)
    assert signup_of(tx, asked).person_id != apart


def test_an_account_made_later_does_not_take_it_over(tx):
    _, opening, _ = counselling()
    apart = signup_of(tx, confided(opening)).person_id
    click(tx)
    registering.register(replace(ADA, is_confided=False), "una frase lunga e strana", "Acconsento")
    assert tx.scalar(sa.select(Account.person_id).where(Account.email == "ada@example.org")) != apart


def test_to_the_address_of_a_parent_nothing_is_sent(tx):
    _, opening, _ = counselling(capacity=5)
    child = make.person(make.SIXTEEN)
    make.guardian_of(child)
    mother = make.account(email="famiglia@example.org")
    confided(opening, replace(ADA, email="famiglia@example.org"))
    confided(opening, replace(ADA, email="famiglia@example.org"))
    assert "AddressConfirmationAsked" not in events(tx) and mother.id
    confided(opening, replace(ADA, email="sola@example.org"))
    assert "AddressConfirmationAsked" in events(tx)


def test_to_a_contact_without_account_who_answers_for_somebody_nothing_is_sent(tx):
    _, opening, _ = counselling()
    contact = people.contact_for("nonna@example.org", None)
    people.ensure_guardianship(contact, make.person(make.THIRTEEN).id)
    confided(opening, replace(ADA, email="nonna@example.org"))
    assert "AddressConfirmationAsked" not in events(tx)


def test_a_guardian_who_enrols_the_same_child_is_told_nothing(tx):
    activity, opening, coordinator = counselling(capacity=5)
    child = make.person(make.SIXTEEN, name="Ada")
    parent = make.guardian_of(child)
    confided(opening, replace(ADA, family_name=child.family_name))
    click(tx)
    given = Given(parent.person_id, "Autorizzo")
    enrolled = sign_up(parent, Entry(opening.public_id, child.id, new_public_id(), authorisation=given))
    assert state_of(tx, enrolled) is SignupState.CONFIRMED
    rows = list_people(coordinator, activity.id, activity.organisation_id)
    assert sorted((row.is_confided, row.may_be_twice) for row in rows) == [(False, True), (True, True)]
    assert [row.guardians for row in rows if row.is_confided] == [()]


def test_only_the_safeguarding_officer_marks_and_it_stands_in_the_record(tx):
    activity, _, coordinator = make.published()
    for actor in (coordinator, replace(officer(), has_second_factor=False), make.actor_of(make.account())):
        with pytest.raises(NotAllowed):
            mark_counselling(actor, activity.public_id, is_counselling=True)
    by = officer()
    mark_counselling(by, activity.public_id, is_counselling=True)
    assert tx.scalar(sa.select(AuditEntry.actor_id).where(AuditEntry.action == "mark_counselling")) == by.person_id
    assert not mark_counselling(by, activity.public_id, is_counselling=False).is_counselling
    with pytest.raises(NotFound):
        mark_counselling(by, "nobody", is_counselling=True)


def test_it_is_marked_and_unmarked_only_before_anybody_signs_up(tx):
    marked, opening, _ = counselling()
    plain, other, _ = make.published()
    confided(opening)
    make.signed_up(other)
    for activity, value in ((marked, False), (plain, True)):
        with pytest.raises(RuleBroken, match="signed up already"):
            mark_counselling(officer(), activity.public_id, is_counselling=value)


def test_what_is_for_volunteers_or_for_children_is_never_counselling(tx):
    volunteers, _, _ = make.published(ActivityKind.VOLUNTEERING)
    children, _, _ = make.published(age_max=13)
    for activity, said in ((volunteers, "Volunteers"), (children, "14 or more")):
        with pytest.raises(RuleBroken, match=said):
            mark_counselling(officer(), activity.public_id, is_counselling=True)


def test_who_writes_for_the_organisation_does_not_unmark_by_writing_anew(tx):
    activity, _, coordinator = counselling()
    fields = ActivityFields(kind=ActivityKind.WORKSHOP, title="Sportello d'ascolto")
    assert publishing.update_activity(coordinator, activity.public_id, fields).is_counselling
    assert clock.now() == activity.updated_at


def test_who_is_of_age_only_when_it_begins_comes_in_confidence_as_well(tx):
    _, opening, _ = counselling(starts_in=timedelta(days=14))
    born = make.NOW.date().replace(year=make.NOW.year - 18) + timedelta(days=7)
    known = make.account(born, email="ada@example.org")
    apart = signup_of(tx, confided(opening, replace(ADA, birth_on=born)))
    click(tx)
    assert apart.person_id != known.id and state_of(tx, apart.public_id) is SignupState.CONFIRMED
