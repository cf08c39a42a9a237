"""An authorisation signed on paper: who saw it and when is written, the sheet itself is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Guardianship, Link, Person
from civic.accounts.services import links, people
from civic.accounts.types import LinkPurpose
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import linked
from civic.activities.queries.guardians import find_child, find_ward
from civic.activities.services import asking, authorising, deciding, paper, withdrawing
from civic.activities.services.authorising import Answer
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import EntryMode, SignupState
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications import birthdays
from tests import factories as make
from tests.services.test_birthdays import told
from tests.services.test_waiting_list import events, state_of

SHEET = paper.Sheet("Fatima", "El Amrani", "testo dell'autorizzazione", "informativa", "+390512345678")


def pending(birth_on=make.SIXTEEN, **fields):
    _, opening, coordinator = make.published(capacity=1, **fields)
    asked = make.account()
    person, _, signup = make.signed_up(opening, birth_on, guardian_id=asked.id)
    return coordinator, person, signup


def test_a_signature_that_was_seen_makes_the_place_firm_and_says_who_saw_it(tx):
    coordinator, _, signup = pending()
    paper.record_paper(coordinator, signup, SHEET)
    assert state_of(tx, signup) is SignupState.CONFIRMED and "SignupConfirmed" in events(tx)
    row = tx.scalar(sa.select(Authorisation).order_by(Authorisation.id.desc()).limit(1))
    assert (row.seen_by_id, row.answered_name, row.text) == (coordinator.person_id, "Fatima El Amrani", SHEET.text)
    assert row.answered_at == clock.now()
    assert tx.scalar(sa.select(AuditEntry.actor_id).where(AuditEntry.action == "authorisation_on_paper")) == coordinator.person_id


def test_who_was_asked_by_mail_is_asked_no_more(tx):
    coordinator, _, signup = pending()
    token = links.token_of(tx.scalar(sa.select(Link.id).where(Link.purpose == LinkPurpose.AUTHORISATION)))
    paper.record_paper(coordinator, signup, SHEET)
    with pytest.raises(RuleBroken):
        authorising.answer_by_link(token, Answer(False))
    assert state_of(tx, signup) is SignupState.CONFIRMED


def test_the_mailbox_of_the_young_person_is_not_a_parents(tx):
    coordinator, person, signup = pending()
    own = tx.scalar(sa.select(Account.email).where(Account.person_id == person.id)) or person.email
    with pytest.raises(RuleBroken) as refused:
        paper.record_paper(coordinator, signup, replace(SHEET, email=own))
    assert (refused.value.message, refused.value.field) == (asking.OWN_ADDRESS, "email")
    assert state_of(tx, signup) is SignupState.PENDING_GUARDIAN


def test_an_address_read_off_a_sheet_hears_of_that_sign_up_and_of_no_other(tx):
    (_, opening, coordinator), (_, elsewhere, _) = make.published(), make.published()
    mother = make.account()
    child, _, signup = make.signed_up(opening, make.THIRTEEN, guardian_id=mother.id)
    entry = Entry(elsewhere.public_id, child.id, new_public_id(), guardian_id=mother.id)
    other = sign_up(make.actor_of(mother, wards={child.id}), entry)
    paper.record_paper(coordinator, signup, replace(SHEET, email="refuso@example.org"))
    named = tx.scalar(sa.select(Person.id).where(Person.email == "refuso@example.org"))
    assert find_ward(named, signup) == child.id
    assert find_ward(named, other) is None


def test_the_sheet_for_a_child_must_hold_the_consent_and_who_signed_answers_for_this_sign_up_alone(tx):
    _, opening, coordinator = make.published(capacity=1)
    asked = make.account()
    child, _, signup = make.signed_up(opening, make.THIRTEEN, guardian_id=asked.id)
    with pytest.raises(RuleBroken) as caught:
        paper.record_paper(coordinator, signup, replace(SHEET, consent_text=""))
    assert caught.value.field == "consent"
    paper.record_paper(coordinator, signup, SHEET)
    guardian = tx.scalar(sa.select(Person).where(Person.given_name == "Fatima"))
    assert tx.scalar(sa.select(Guardianship.ward_id).where(Guardianship.guardian_id == guardian.id)) is None
    consent = tx.execute(sa.select(Consent.text, Consent.given_by_id).where(Consent.person_id == child.id)).one()
    assert consent == ("informativa", guardian.id)


def signed_for_a_child(email: str = "refuso@example.org"):
    """Return a child whose only yes is on paper, its sign-up, and who signed, with an address read off the sheet."""
    coordinator, child, signup = pending(make.THIRTEEN)
    paper.record_paper(coordinator, signup, replace(SHEET, email=email))
    signer = writing().scalar(sa.select(Person.id).where(Person.email == email))
    return child, signup, signer


def test_a_form_with_the_address_of_a_sheet_makes_no_second_sign_up_for_the_child_we_know(tx):
    child, _, _ = signed_for_a_child()
    tx.execute(sa.delete(Account).where(Account.person_id == child.id))
    assert find_child(child.given_name, child.family_name, child.birth_on, "refuso@example.org") is None


def test_at_fourteen_a_child_whose_only_yes_is_on_paper_hears_that_the_consent_is_theirs_now(tx):
    child, _, _ = signed_for_a_child()
    birthday = clock.rome_midnight(child.birth_on.replace(year=child.birth_on.year + 14)) + timedelta(hours=12)
    with clock.frozen(birthday):
        birthdays.tell_of_birthdays()
    assert told(tx) == {("turned_fourteen", child.id)}


def test_who_signed_on_paper_sees_the_sign_up_and_takes_back_with_the_yes_what_was_agreed_on_the_data(tx):
    child, signup, signer = signed_for_a_child()
    actor, _ = linked.actor_of_token(linked.manage_token(signup, signer))
    assert actor.wards == {child.id}
    withdrawing.withdraw_authorisation(Actor(person_id=signer), signup)
    assert state_of(tx, signup) is SignupState.CANCELLED
    assert tx.scalar(sa.select(Consent.withdrawn_at).where(Consent.person_id == child.id)) == clock.now()


def test_who_answers_for_the_child_takes_back_one_yes_and_what_was_agreed_on_the_data_stands(tx):
    _, opening, _ = make.published()
    child = make.person(make.THIRTEEN)
    parent = make.guardian_of(child)
    people.give_consent(child.id, parent.person_id, "informativa")
    yes = authorising.Given(parent.person_id, "testo")
    signup = sign_up(parent, Entry(opening.public_id, child.id, new_public_id(), authorisation=yes))
    withdrawing.withdraw_authorisation(parent, signup)
    assert tx.scalar(sa.select(Consent.withdrawn_at).where(Consent.person_id == child.id)) is None


def test_a_request_with_a_signature_is_firm_when_it_is_approved(tx):
    coordinator, _, signup = pending(entry_mode=EntryMode.APPROVAL)
    paper.record_paper(coordinator, signup, SHEET)
    assert state_of(tx, signup) is SignupState.REQUESTED
    assert deciding.approve_signup(coordinator, signup) is SignupState.CONFIRMED


def test_nothing_is_signed_twice_too_late_or_for_who_needs_nobody(tx):
    coordinator, _, signup = pending()
    with clock.frozen(clock.now() + timedelta(hours=73)), pytest.raises(RuleBroken, match="already over"):
        paper.record_paper(coordinator, signup, SHEET)
    paper.record_paper(coordinator, signup, SHEET)
    with pytest.raises(RuleBroken, match="missing"):
        paper.record_paper(coordinator, signup, SHEET)
    _, opening, other = make.published()
    _, _, adult = make.signed_up(opening)
    with pytest.raises(RuleBroken, match="missing"):
        paper.record_paper(other, adult, SHEET)


def test_only_who_decides_for_the_organisation_records_a_signature(tx):
    _, person, signup = pending()
    _, stranger = make.organisation()
    for actor in (stranger, make.actor_of(person)):
        with pytest.raises((NotAllowed, NotFound)):
            paper.record_paper(actor, signup, SHEET)
    assert tx.scalar(sa.select(Signup.state).where(Signup.public_id == signup)) is SignupState.PENDING_GUARDIAN
