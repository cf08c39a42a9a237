"""One person outside the ages: by a link, for a reason, and in one signup."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link
from civic.accounts.services import links
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities.models import Signup
from civic.activities.services import age_exceptions, answering, deciding
from civic.activities.services.authorising import Given
from civic.activities.services.confirming import confirm_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import SignupState
from civic.activities.ways_in import AgeException
from civic.audit.models import AuditEntry
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.services.test_waiting_list import state_of

TEN = date(2016, 6, 1)


@pytest.fixture
def workshop(tx):
    return make.published(age_min=11, age_max=14, capacity=1)


def enrol(opening, token: str | None, *, joins_queue: bool = False, birth_on: date = TEN) -> tuple:
    child = make.person(birth_on)
    parent = make.guardian_of(child)
    entry = Entry(
        opening.public_id,
        child.id,
        new_public_id(),
        joins_queue=joins_queue,
        authorisation=Given(parent.person_id, "testo"),
        age_exception=token,
    )
    return parent, sign_up(parent, entry)


def test_somebody_outside_the_ages_comes_with_the_link_and_the_link_serves_once(tx, workshop):
    activity, opening, coordinator = workshop
    with pytest.raises(RuleBroken, match="from"):
        enrol(opening, None)
    token = age_exceptions.token_of(age_exceptions.allow(coordinator, activity.public_id, "Viene con la sorella"))
    parent, signup = enrol(opening, token)
    assert state_of(tx, signup) is SignupState.CONFIRMED
    with pytest.raises(RuleBroken, match="no longer valid"):
        enrol(opening, token, joins_queue=True)
    answering.cancel_signup(parent, signup)
    _, again = enrol(opening, token)
    assert state_of(tx, again) is SignupState.CONFIRMED


def test_who_was_let_in_and_waits_is_offered_the_place_like_everybody(tx, workshop):
    activity, opening, coordinator = workshop
    holder, first = enrol(opening, None, birth_on=make.THIRTEEN)
    token = age_exceptions.token_of(age_exceptions.allow(coordinator, activity.public_id, "Motivo"))
    parent, second = enrol(opening, token, joins_queue=True)
    answering.cancel_signup(holder, first)
    assert state_of(tx, second) is SignupState.OFFERED
    answering.accept_offer(parent, second)


@pytest.mark.parametrize("spoil", ["withdrawn", "another", "forged"])
def test_a_link_that_is_not_for_this_activity_or_was_withdrawn_opens_nothing(tx, workshop, spoil):
    activity, opening, coordinator = workshop
    exception = age_exceptions.allow(coordinator, activity.public_id, "Motivo")
    token = age_exceptions.token_of(exception)
    if spoil == "withdrawn":
        age_exceptions.withdraw(coordinator, activity.public_id, exception.id)
    elif spoil == "another":
        _, opening, _ = make.published(age_min=11, age_max=14)
    else:
        token = token[:-2] + "xx"
    with pytest.raises(RuleBroken, match="no longer valid"):
        enrol(opening, token)


def test_the_reason_is_kept_who_gave_it_is_known_and_the_audit_has_a_line(tx, workshop):
    activity, _, coordinator = workshop
    with pytest.raises(RuleBroken, match="why"):
        age_exceptions.allow(coordinator, activity.public_id, "  ")
    exception = age_exceptions.allow(coordinator, activity.public_id, " Viene con la sorella ")
    assert (exception.reason, exception.created_by_id) == ("Viene con la sorella", coordinator.person_id)
    line = tx.scalar(sa.select(AuditEntry).where(AuditEntry.action == "allow_age_exception"))
    assert (line.actor_id, line.subject_id) == (coordinator.person_id, activity.id)
    assert age_exceptions.token_of(exception).encode() not in exception.token_hash


def test_only_who_runs_the_activity_lets_people_in(tx, workshop):
    activity, _, coordinator = workshop
    exception = age_exceptions.allow(coordinator, activity.public_id, "Motivo")
    _, stranger = make.organisation()
    other, _, other_coordinator = make.published(age_min=3)
    with pytest.raises((NotAllowed, NotFound)):
        age_exceptions.allow(stranger, activity.public_id, "Motivo")
    with pytest.raises(NotFound):
        age_exceptions.withdraw(other_coordinator, other.public_id, exception.id)


def test_there_is_nothing_to_let_in_to_without_ages_and_no_end_of_unused_links_is_made(tx, workshop):
    activity, _, coordinator = workshop
    open_to_all, _, other = make.published()
    with pytest.raises(RuleBroken, match="no limits"):
        age_exceptions.allow(other, open_to_all.public_id, "Motivo")
    for _ in range(age_exceptions.MOST_OPEN):
        age_exceptions.allow(coordinator, activity.public_id, "Motivo")
    with pytest.raises(RuleBroken, match="not been used"):
        age_exceptions.allow(coordinator, activity.public_id, "Motivo")
    assert tx.scalar(sa.select(sa.func.count()).select_from(AgeException)) == age_exceptions.MOST_OPEN
    assert tx.scalar(sa.select(sa.func.count()).select_from(Signup)) == 0


def test_who_is_within_the_ages_needs_no_link_and_uses_none_up(tx, workshop):
    activity, opening, coordinator = workshop
    exception = age_exceptions.allow(coordinator, activity.public_id, "Motivo")
    token = age_exceptions.token_of(exception)
    enrol(opening, token, birth_on=make.THIRTEEN)
    assert exception.signup_id is None
    age_exceptions.withdraw(coordinator, activity.public_id, exception.id)
    _, waiting = enrol(opening, token, birth_on=make.THIRTEEN, joins_queue=True)
    assert state_of(tx, waiting) is SignupState.WAITING


def test_whom_the_organisation_removes_does_not_come_back_by_the_link(tx, workshop):
    activity, opening, coordinator = workshop
    token = age_exceptions.token_of(age_exceptions.allow(coordinator, activity.public_id, "Motivo"))
    _, signup = enrol(opening, token)
    assert [in_use for _one, _by, in_use in age_exceptions.list_of(activity.id)] == [True]
    deciding.remove_signup(coordinator, signup, "motivo")
    with pytest.raises(RuleBroken, match="no longer valid"):
        enrol(opening, token)


def test_who_has_an_account_and_was_not_signed_in_confirms_all_the_same(tx):
    activity, opening, coordinator = make.published(age_max=14)
    token = age_exceptions.token_of(age_exceptions.allow(coordinator, activity.public_id, "Aiuta"))
    holder = make.account()
    details = PersonDetails(holder.given_name, holder.family_name, holder.birth_on, holder.email)
    newcomer = Newcomer(details, "informativa", age_exception=token)
    signup = sign_up_newcomer(opening.public_id, newcomer, new_public_id(), joins_queue=False)
    link = tx.scalar(sa.select(Link.id).where(Link.purpose == LinkPurpose.CONFIRM_SIGNUP))
    assert confirm_address(links.token_of(link)).account_id is not None
    assert state_of(tx, signup) is SignupState.CONFIRMED
