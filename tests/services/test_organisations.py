"""Organisations: registering, being verified, members, the last owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link, Person
from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole, Role
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.notifications.models import Notification
from civic.notifications.reactions.organisations import tell_organisation_suspended, tell_suspension_lifted
from civic.organisations import queries
from civic.organisations.events import OrganisationSuspended, SuspensionLifted
from civic.organisations.models import Membership, Organisation
from civic.organisations.rules import control_digit
from civic.organisations.services import members, verifying
from civic.organisations.services.verifying import OrganisationFields
from civic.organisations.types import OrganisationKind, OrganisationState
from civic.outbox.draining import Cause
from civic.outbox.models import OutboxEvent
from tests import factories as make


def fields(**more) -> OrganisationFields:
    values = {
        "name": "Banda Larga APS",
        "tax_code": "1234567890" + str(control_digit("1234567890")),
        "kind": OrganisationKind.APS,
        "email": "ciao@bandalarga.example",
    }
    return OrganisationFields(**{**values, **more})


def officer():
    return make.actor_of(make.account(), roles=frozenset({Role.OFFICER}), has_second_factor=True)


def owned():
    """Write an organisation with one owner and return it with the owner's actor."""
    row, _ = make.organisation()
    return row, joined(row, OrganisationRole.OWNER)


def joined(row: Organisation, role: OrganisationRole):
    someone = make.account()
    verifying.add_member(row.id, someone.id, role)
    return make.actor_of(someone, organisations={row.id: role}, has_second_factor=True)


def token_for(tx, invitation) -> str:
    statement = sa.select(Link.id).where(Link.purpose == LinkPurpose.INVITATION, Link.subject_id == invitation.id)
    return links.token_of(tx.scalar(statement))


def is_member(tx, row, actor) -> bool:
    live = sa.select(Membership.id).where(
        Membership.organisation_id == row.id, Membership.person_id == actor.person_id, Membership.ended_at.is_(None)
    )
    return tx.scalar(live) is not None


def test_who_registers_an_organisation_owns_it_and_it_waits(tx):
    person = make.account()
    row = verifying.register_organisation(make.actor_of(person), fields(), person.id)
    assert row.state is OrganisationState.PENDING
    assert [(one.role, one.name) for one in queries.list_members(row.id)] == [(OrganisationRole.OWNER, person.full_name)]
    assert tx.scalar(sa.select(OutboxEvent.name).order_by(OutboxEvent.id.desc()).limit(1)) == "OrganisationRegistered"


def test_one_organisation_for_each_tax_code(tx):
    person = make.account()
    verifying.register_organisation(make.actor_of(person), fields(), person.id)
    with pytest.raises(RuleBroken) as refusal:
        again = fields(name="Altra", tax_code="IT " + fields().tax_code)
        verifying.register_organisation(make.actor_of(person), again, person.id)
    assert refusal.value.field == "tax_code"


@pytest.mark.parametrize("wrong", ["", "123", "00000000000", "12345678900", "ABCDEFGHILM", "١٢٣٤٥٦٧٨٩٠٣"])
def test_a_tax_code_is_checked_digit_by_digit(tx, wrong):
    person = make.account()
    with pytest.raises(RuleBroken) as refusal:
        verifying.register_organisation(make.actor_of(person), fields(tax_code=wrong), person.id)
    assert refusal.value.field == "tax_code"


@pytest.mark.parametrize("wrong", ["javascript:alert(1)", "ftp://example.org", "http://", "due parole.it"])
def test_a_site_is_an_http_address(tx, wrong):
    person = make.account()
    with pytest.raises(RuleBroken) as refusal:
        verifying.register_organisation(make.actor_of(person), fields(website=wrong), person.id)
    assert refusal.value.field == "website"


def test_only_the_administration_verifies_and_only_the_verified_are_public(tx):
    person = make.account()
    row = verifying.register_organisation(make.actor_of(person), fields(), person.id)
    with pytest.raises(NotFound):
        queries.get_public(row.slug)
    with pytest.raises(NotAllowed):
        verifying.verify_organisation(make.actor_of(person), row.public_id)
    verifying.verify_organisation(officer(), row.public_id)
    assert queries.get_public(row.slug).name == "Banda Larga APS"


def test_a_rejected_organisation_reads_why_mends_and_asks_again(tx):
    row, _ = make.organisation(OrganisationState.PENDING)
    owner = joined(row, OrganisationRole.OWNER)
    verifying.reject_organisation(officer(), row.public_id, "Manca il numero RUNTS")
    assert queries.get_own(owner, row.slug).state_reason == "Manca il numero RUNTS"
    verifying.update_organisation(owner, row.id, fields(runts_number="12345"))
    verifying.ask_again(owner, row.id)
    assert queries.get_own(owner, row.slug).state is OrganisationState.PENDING
    with pytest.raises(RuleBroken):
        verifying.ask_again(owner, row.id)


def test_only_the_administration_suspends_who_is_verified_and_the_members_are_told(tx):
    row, coordinator = make.organisation()
    with pytest.raises(NotAllowed):
        verifying.suspend_organisation(coordinator, row.public_id, "Vendetta")
    with pytest.raises(RuleBroken) as caught:
        verifying.suspend_organisation(officer(), row.public_id, " ")
    assert caught.value.field == "reason"
    verifying.suspend_organisation(officer(), row.public_id, "Documenti falsi")
    assert (row.state, row.state_reason) == (OrganisationState.SUSPENDED, "Documenti falsi")
    tell_organisation_suspended(OrganisationSuspended(row.id), Cause(1, clock.now()))
    verifying.lift_suspension(officer(), row.public_id)
    tell_suspension_lifted(SuspensionLifted(row.id), Cause(2, clock.now()))
    told = sa.select(Notification.kind, Notification.recipient_id).order_by(Notification.id)
    kinds = ["organisation_suspended", "suspension_lifted"]
    assert tx.execute(told).all() == [(kind, coordinator.person_id) for kind in kinds]
    actions = sa.select(AuditEntry.action).where(AuditEntry.subject_type == "organisation").order_by(AuditEntry.id)
    assert tx.scalars(actions).all() == ["organisation_suspended", "organisation_verified"]
    with pytest.raises(NotAllowed):
        verifying.lift_suspension(coordinator, row.public_id)


def test_a_stale_page_of_the_administration_decides_nothing(tx):
    row, _ = make.organisation(OrganisationState.PENDING)
    with pytest.raises(RuleBroken):
        verifying.suspend_organisation(officer(), row.public_id, "Mai vista")
    verifying.verify_organisation(officer(), row.public_id)
    for decide in (verifying.verify_organisation, verifying.lift_suspension):
        with pytest.raises(RuleBroken):
            decide(officer(), row.public_id)


def test_the_tax_code_stays_once_verified(tx):
    row, owner = owned()
    with pytest.raises(RuleBroken) as refusal:
        verifying.update_organisation(owner, row.id, fields())
    assert refusal.value.field == "tax_code"


def test_a_stranger_does_not_know_of_an_organisation_and_a_facilitator_may_not_change_it(tx):
    row, _ = owned()
    with pytest.raises(NotFound):
        verifying.update_organisation(make.actor_of(make.account()), row.id, fields())
    with pytest.raises(NotAllowed):
        verifying.update_organisation(joined(row, OrganisationRole.FACILITATOR), row.id, fields())


def test_the_invited_address_accepts_and_is_a_member(tx):
    row, owner = owned()
    guest = make.account()
    invitation = members.invite_member(owner, row.id, guest.email.upper(), OrganisationRole.COORDINATOR)
    assert members.accept_invitation(make.actor_of(guest), token_for(tx, invitation)) == row.id
    assert {one.email: one.role for one in queries.list_members(row.id)}[guest.email] is OrganisationRole.COORDINATOR
    with pytest.raises(RuleBroken):
        members.accept_invitation(make.actor_of(guest), token_for(tx, invitation))


def test_another_address_cannot_accept(tx):
    row, owner = owned()
    invitation = members.invite_member(owner, row.id, "nuova@example.org", OrganisationRole.FACILITATOR)
    stranger = make.actor_of(make.account())
    with pytest.raises(RuleBroken, match="another address"):
        members.accept_invitation(stranger, token_for(tx, invitation))
    assert not is_member(tx, row, stranger)


def test_a_minor_cannot_act_for_an_organisation(tx):
    row, owner = owned()
    young = make.account(make.SIXTEEN)
    invitation = members.invite_member(owner, row.id, young.email, OrganisationRole.FACILITATOR)
    with pytest.raises(RuleBroken, match="of age"):
        members.accept_invitation(make.actor_of(young), token_for(tx, invitation))


def test_inviting_again_a_day_later_kills_the_old_link_and_withdrawing_the_last(tx):
    row, owner = owned()
    guest = make.account()
    first = members.invite_member(owner, row.id, guest.email, OrganisationRole.FACILITATOR)
    with clock.frozen(clock.now() + timedelta(days=1)):
        second = members.invite_member(owner, row.id, guest.email, OrganisationRole.COORDINATOR)
    assert [(one.email, one.role) for one in queries.list_invitations(row.id)] == [(guest.email, OrganisationRole.COORDINATOR)]
    with pytest.raises(RuleBroken):
        members.accept_invitation(make.actor_of(guest), token_for(tx, first))
    members.withdraw_invitation(owner, row.id, guest.email)
    with pytest.raises(RuleBroken):
        members.accept_invitation(make.actor_of(guest), token_for(tx, second))


def test_an_address_is_invited_once_a_day(tx):
    row, owner = owned()
    members.invite_member(owner, row.id, "ospite@example.org", OrganisationRole.FACILITATOR)
    members.withdraw_invitation(owner, row.id, "ospite@example.org")
    with pytest.raises(RuleBroken) as caught:
        members.invite_member(owner, row.id, "Ospite@example.org", OrganisationRole.FACILITATOR)
    assert caught.value.field == "email"


@pytest.mark.parametrize("state", [OrganisationState.PENDING, OrganisationState.REJECTED, OrganisationState.SUSPENDED])
def test_only_a_verified_organisation_invites(tx, state):
    row, owner = owned()
    row.state = state
    tx.flush()
    with pytest.raises(RuleBroken):
        members.invite_member(owner, row.id, "ospite@example.org", OrganisationRole.FACILITATOR)


@pytest.mark.parametrize("how", ["leaves", "is removed", "steps down"])
def test_an_owner_who_goes_comes_back_through_no_invitation_of_theirs(tx, how):
    row, owner = owned()
    going = joined(row, OrganisationRole.OWNER)
    invitation = members.invite_member(going, row.id, "doppio@example.org", OrganisationRole.OWNER)
    person = tx.get(Person, going.person_id)
    if how == "leaves":
        members.leave(going, row.id)
    elif how == "is removed":
        members.remove_member(owner, row.id, person.public_id)
    else:
        members.change_role(owner, row.id, person.public_id, OrganisationRole.FACILITATOR)
    double = make.account(email="doppio@example.org")
    with pytest.raises(RuleBroken):
        members.accept_invitation(make.actor_of(double), token_for(tx, invitation))


def test_who_leaves_everything_leaves_no_organisation_without_an_owner(tx):
    row, owner = owned()
    with pytest.raises(RuleBroken):
        members.leave_all(owner)
    joined(row, OrganisationRole.OWNER)
    members.leave_all(owner)
    assert owner.person_id not in tx.scalars(sa.select(Membership.person_id).where(Membership.ended_at.is_(None))).all()


def test_an_invitation_ends_after_two_weeks(tx):
    row, owner = owned()
    guest = make.account()
    invitation = members.invite_member(owner, row.id, guest.email, OrganisationRole.FACILITATOR)
    with clock.frozen(clock.now() + members.INVITATION_LASTS):
        assert not queries.get_invitation(token_for(tx, invitation)).is_usable
        with pytest.raises(RuleBroken):
            members.accept_invitation(make.actor_of(guest), token_for(tx, invitation))


def test_only_an_owner_manages_members(tx):
    row, _ = owned()
    coordinator = joined(row, OrganisationRole.COORDINATOR)
    with pytest.raises(NotAllowed):
        members.invite_member(coordinator, row.id, "x@example.org", OrganisationRole.FACILITATOR)


def test_the_last_owner_cannot_leave_nor_step_down(tx):
    row, owner = owned()
    public_id = next(one.public_id for one in queries.list_members(row.id) if one.role is OrganisationRole.OWNER)
    with pytest.raises(RuleBroken):
        members.leave(owner, row.id)
    with pytest.raises(RuleBroken):
        members.change_role(owner, row.id, public_id, OrganisationRole.COORDINATOR)
    with pytest.raises(RuleBroken):
        members.remove_member(owner, row.id, public_id)
    assert is_member(tx, row, owner)


def test_of_two_owners_one_may_leave(tx):
    row, owner = owned()
    second = joined(row, OrganisationRole.OWNER)
    members.leave(owner, row.id)
    assert not is_member(tx, row, owner)
    with pytest.raises(RuleBroken):
        members.leave(second, row.id)


def test_a_member_who_is_removed_is_one_no_more(tx):
    row, owner = owned()
    facilitator = joined(row, OrganisationRole.FACILITATOR)
    public_id = next(one.public_id for one in queries.list_members(row.id) if one.role is OrganisationRole.FACILITATOR)
    members.remove_member(owner, row.id, public_id)
    assert not is_member(tx, row, facilitator)
    with pytest.raises(NotFound):
        members.remove_member(owner, row.id, public_id)
