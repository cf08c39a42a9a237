"""The call to who said yes: asked for by the activity, noted by the desk, and what a denial ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Consent, Guardianship, Link, Person
from civic.accounts.services import links
from civic.activities.calls import CallOutcome, GuardianCall
from civic.activities.models import Authorisation, Signup
from civic.activities.queries.calls import list_to_call
from civic.activities.queries.participants import list_people
from civic.activities.services import authorising, calling, paper, publishing, withdrawing
from civic.activities.services.authorising import Answer, Given
from civic.activities.services.paper import Sheet
from civic.activities.services.publishing import ActivityFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, SignupState
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.services.test_both_guardians import child_of, state_of, token_for, yes, young_in
from tests.services.test_waiting_list import events

CALLED = replace(yes(), phone="333 123 4567")


def calls(**fields):
    return make.published(asks_call=True, **fields)


def said_yes(tx, opening, answer: Answer = CALLED) -> str:
    _, public_id = young_in(opening)
    authorising.answer_by_link(token_for(tx), answer)
    return public_id


def guardian_in(tx, coordinator, opening, public_id: str) -> str:
    """Return the public id of who said yes, as the desk reads it."""
    return list_to_call(coordinator, public_id, organisation_of(coordinator))[0].guardian


def organisation_of(coordinator) -> int:
    return next(iter(coordinator.organisations))


def is_to_be_called(coordinator, opening) -> bool:
    (row,) = list_people(coordinator, opening.activity_id, organisation_of(coordinator))
    return row.awaits_call


def test_who_says_yes_leaves_a_number_and_the_desk_has_somebody_to_call(tx):
    _, opening, coordinator = calls()
    _, public_id = young_in(opening)
    assert not is_to_be_called(coordinator, opening)
    with pytest.raises(RuleBroken, match="write a telephone number") as refused:
        authorising.answer_by_link(token_for(tx), yes())
    assert refused.value.field == "phone"
    authorising.answer_by_link(token_for(tx), CALLED)
    assert state_of(tx, public_id) is SignupState.CONFIRMED and is_to_be_called(coordinator, opening)
    (one,) = list_to_call(coordinator, public_id, organisation_of(coordinator))
    assert (one.phone, one.name, one.calls, one.is_confirmed) == ("+393331234567", "Maria Rossi", (), False)


def test_the_number_of_the_young_person_is_not_a_parents(tx):
    _, opening, _ = calls()
    actor, public_id = young_in(opening)
    tx.execute(sa.update(Person).where(Person.id == actor.person_id).values(phone="+393331234567"))
    with pytest.raises(RuleBroken, match="young person's own number"):
        authorising.answer_by_link(token_for(tx), CALLED)
    assert state_of(tx, public_id) is SignupState.PENDING_GUARDIAN


def test_a_signed_in_parent_is_called_at_the_number_they_write(tx):
    _, opening, coordinator = calls()
    child = make.person(make.THIRTEEN)
    parent = make.guardian_of(child)
    entry = Entry(opening.public_id, child.id, new_public_id(), authorisation=Given(parent.person_id, "Autorizzo"))
    with pytest.raises(RuleBroken, match="write a telephone number"):
        sign_up(parent, entry)
    sign_up(parent, replace(entry, authorisation=Given(parent.person_id, "Autorizzo", phone="051 234 5678")))
    assert is_to_be_called(coordinator, opening)


def test_nobody_is_called_where_the_activity_does_not_ask(tx):
    _, opening, coordinator = make.published()
    public_id = said_yes(tx, opening, yes())
    assert not is_to_be_called(coordinator, opening)
    with pytest.raises(RuleBroken, match="asks for no call"):
        calling.note_call(coordinator, public_id, guardian_in(tx, coordinator, opening, public_id), CallOutcome.CONFIRMED)


def test_a_call_nobody_answered_is_noted_and_one_who_confirms_is_called_no_more(tx):
    _, opening, coordinator = calls()
    public_id = said_yes(tx, opening)
    guardian = guardian_in(tx, coordinator, opening, public_id)
    calling.note_call(coordinator, public_id, guardian, CallOutcome.NOT_REACHED)
    assert is_to_be_called(coordinator, opening) and state_of(tx, public_id) is SignupState.CONFIRMED
    calling.note_call(coordinator, public_id, guardian, CallOutcome.CONFIRMED)
    assert not is_to_be_called(coordinator, opening) and state_of(tx, public_id) is SignupState.CONFIRMED
    rows = tx.execute(sa.select(GuardianCall.caller_id, GuardianCall.called_at, GuardianCall.outcome).order_by(GuardianCall.id))
    who, now = coordinator.person_id, clock.now()
    assert rows.all() == [(who, now, CallOutcome.NOT_REACHED), (who, now, CallOutcome.CONFIRMED)]
    assert tx.scalar(sa.select(AuditEntry.actor_id).where(AuditEntry.action == "guardian_call_confirmed")) == who


def test_where_both_say_yes_both_are_called(tx):
    _, opening, coordinator = calls(authorisations_needed=2)
    _, public_id = young_in(opening)
    authorising.answer_by_link(token_for(tx), replace(CALLED, second=authorising.Second("papa@example.org")))
    authorising.answer_by_link(token_for(tx), replace(yes("Ugo Rossi", consent=""), phone="333 765 4321"))
    first, second = list_to_call(coordinator, public_id, organisation_of(coordinator))
    calling.note_call(coordinator, public_id, first.guardian, CallOutcome.CONFIRMED)
    assert is_to_be_called(coordinator, opening)
    calling.note_call(coordinator, public_id, second.guardian, CallOutcome.CONFIRMED)
    assert not is_to_be_called(coordinator, opening)


def test_who_authorised_nothing_ends_the_sign_up_and_the_place_goes_on(tx):
    _, opening, coordinator = calls(capacity=1)
    public_id = said_yes(tx, opening)
    _, _, waits = make.signed_up(opening, joins_queue=True)
    calling.note_call(coordinator, public_id, guardian_in(tx, coordinator, opening, public_id), CallOutcome.DENIED)
    assert (state_of(tx, public_id), state_of(tx, waits)) == (SignupState.CANCELLED, SignupState.OFFERED)
    assert "SignupCancelled" in events(tx)
    with pytest.raises(RuleBroken, match="already over"):
        calling.note_call(coordinator, public_id, "nobody", CallOutcome.CONFIRMED)


def test_who_denies_the_only_yes_for_a_child_has_agreed_to_nothing_and_answers_for_nothing(tx):
    _, opening, coordinator = calls()
    public_id = child_of(opening)
    authorising.answer_by_link(token_for(tx), CALLED)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Consent).where(Consent.withdrawn_at.is_(None))) == 1
    calling.note_call(coordinator, public_id, guardian_in(tx, coordinator, opening, public_id), CallOutcome.DENIED)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Consent).where(Consent.withdrawn_at.is_(None))) == 0
    assert tx.scalar(sa.select(sa.func.count()).select_from(Guardianship).where(Guardianship.ended_at.is_(None))) == 0


def test_a_parent_who_said_yes_to_something_else_keeps_answering_for_the_child(tx):
    (_, opening, coordinator), (_, elsewhere, _) = calls(), make.published()
    other, public_id = child_of(elsewhere), child_of(opening)
    for one in (elsewhere, opening):
        asked = tx.scalar(sa.select(Authorisation.id).join(Signup).where(Signup.opening_id == one.id))
        link = tx.scalar(sa.select(sa.func.max(Link.id)).where(Link.subject_id == asked))
        authorising.answer_by_link(links.token_of(link), CALLED)
    calling.note_call(coordinator, public_id, guardian_in(tx, coordinator, opening, public_id), CallOutcome.DENIED)
    assert (state_of(tx, public_id), state_of(tx, other)) == (SignupState.CANCELLED, SignupState.CONFIRMED)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Consent).where(Consent.withdrawn_at.is_(None))) >= 1


def test_a_yes_that_was_taken_back_is_called_by_nobody(tx):
    _, opening, coordinator = calls()
    child = make.person(make.THIRTEEN)
    parent = make.guardian_of(child)
    given = Given(parent.person_id, "Autorizzo", phone="051 234 5678")
    public_id = sign_up(parent, Entry(opening.public_id, child.id, new_public_id(), authorisation=given))
    guardian = guardian_in(tx, coordinator, opening, public_id)
    withdrawing.withdraw_authorisation(parent, public_id)
    assert list_to_call(coordinator, public_id, organisation_of(coordinator)) == []
    with pytest.raises(RuleBroken):
        calling.note_call(coordinator, public_id, guardian, CallOutcome.CONFIRMED)


def test_only_who_may_reach_people_there_notes_a_call_or_reads_a_number(tx):
    _, opening, coordinator = calls()
    public_id = said_yes(tx, opening)
    guardian, organisation_id = guardian_in(tx, coordinator, opening, public_id), organisation_of(coordinator)
    facilitator = replace(coordinator, organisations={organisation_id: OrganisationRole.FACILITATOR})
    with pytest.raises(NotAllowed):
        list_to_call(facilitator, public_id, organisation_id)
    with pytest.raises(NotAllowed):
        calling.note_call(facilitator, public_id, guardian, CallOutcome.DENIED)
    _, stranger = make.organisation()
    with pytest.raises(NotFound):
        calling.note_call(stranger, public_id, guardian, CallOutcome.DENIED)
    assert state_of(tx, public_id) is SignupState.CONFIRMED


def test_whether_one_calls_is_fixed_once_somebody_has_signed_up(tx):
    activity, opening, coordinator = make.published()
    fields = ActivityFields(kind=ActivityKind.WORKSHOP, title="Laboratorio di radio", asks_call=True)
    assert publishing.update_activity(coordinator, activity.public_id, fields).asks_call
    make.signed_up(opening)
    with pytest.raises(RuleBroken, match="stays as it was") as refused:
        publishing.update_activity(coordinator, activity.public_id, replace(fields, asks_call=False))
    assert refused.value.field == "asks_call"


def test_a_call_counts_for_a_yes_that_is_asked_for_once_more(tx):
    _, opening, coordinator = calls(starts_in=timedelta(days=20))
    public_id = said_yes(tx, opening)
    guardian = guardian_in(tx, coordinator, opening, public_id)
    calling.note_call(coordinator, public_id, guardian, CallOutcome.CONFIRMED)
    first = tx.scalar(sa.select(Authorisation))
    first.withdrawn_at = clock.now()
    tx.flush()
    copied = ("signup_id", "guardian_id", "text", "asked_at", "expires_at", "answer", "answered_at")
    tx.execute(sa.insert(Authorisation).values(**{name: getattr(first, name) for name in copied}))
    assert not is_to_be_called(coordinator, opening)


def test_a_sheet_of_paper_leaves_a_number_as_well(tx):
    _, opening, coordinator = calls()
    _, public_id = young_in(opening)
    sheet = Sheet("Maria", "Rossi", "testo", email="maria@example.org")
    with pytest.raises(RuleBroken, match="write a telephone number"):
        paper.record_paper(coordinator, public_id, sheet)
    paper.record_paper(coordinator, public_id, replace(sheet, phone="+393331234567"))
    assert is_to_be_called(coordinator, opening)


def test_a_number_that_was_given_before_stays(tx):
    _, opening, coordinator = calls()
    mother = make.account(email="nonna@example.org", phone="+390512345678")
    _, _, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=mother.id)
    authorising.answer_by_link(token_for(tx), CALLED)
    assert list_to_call(coordinator, public_id, organisation_of(coordinator))[0].phone == "+390512345678"
