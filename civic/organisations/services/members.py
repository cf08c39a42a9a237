"""Who acts for an organisation: invited by an owner, in one role at a time; the last owner cannot leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from civic.accounts.models import Account, Person
from civic.accounts.rules import is_minor_on, normalise_email
from civic.accounts.services import links, people
from civic.accounts.types import LinkPurpose
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.organisations import rules
from civic.organisations.events import MemberInvited, MemberLeft
from civic.organisations.models import Invitation, Membership
from civic.organisations.policy import Action
from civic.organisations.services.verifying import add_member, lock_own
from civic.organisations.types import OrganisationState
from civic.outbox import services as outbox

INVITATION_LASTS = timedelta(days=14)


def invite_member(actor: Actor, organisation_id: int, email: str, role: OrganisationRole) -> Invitation:
    """Ask an address to join in `role`, once a day at most; inviting it again kills the link that went before."""
    organisation = lock_own(actor, organisation_id, Action.MANAGE_MEMBERS)
    address = normalise_email(email)
    if organisation.state is not OrganisationState.VERIFIED:
        raise RuleBroken(N_("Only a verified organisation invites: the administration has to look at it first."))
    if _was_invited_today(organisation_id, address):
        raise RuleBroken(N_("You have invited this address today already: write again tomorrow."), field="email")
    if _member_with_address(organisation_id, address):
        raise RuleBroken(N_("This person is a member already: change the role in the list."), field="email")
    _withdraw_live(organisation_id, address)
    now = clock.now()
    invitation = Invitation(
        organisation_id=organisation_id,
        email=address,
        person_id=people.contact_for(address, None),
        role=role,
        invited_by_id=actor.person_id,
        created_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    writing().add(invitation)
    writing().flush()
    link_id = links.make_link(LinkPurpose.INVITATION, invitation.person_id, invitation.expires_at, invitation.id)
    audit.record(actor, "invite_member", "invitation", invitation.id, organisation=organisation_id, role=role.value)
    outbox.record(MemberInvited(invitation.id, link_id))
    return invitation


def withdraw_invitation(actor: Actor, organisation_id: int, email: str) -> None:
    """Take an invitation back; its link is dead."""
    lock_own(actor, organisation_id, Action.MANAGE_MEMBERS)
    withdrawn = _withdraw_live(organisation_id, normalise_email(email))
    if withdrawn is None:
        raise RuleBroken(N_("This invitation was answered or withdrawn already."))
    audit.record(actor, "withdraw_invitation", "invitation", withdrawn, organisation=organisation_id)


def accept_invitation(actor: Actor, token: str) -> int:
    """Make the signed-in person a member, if the invitation was sent to their address; return the organisation."""
    link = links.get_usable_link(token, LinkPurpose.INVITATION)
    invitation = writing().scalar(sa.select(Invitation).where(Invitation.id == link.subject_id).with_for_update())
    if invitation is None or invitation.accepted_at or invitation.withdrawn_at:
        raise RuleBroken(N_("This invitation was answered or withdrawn already."))
    address = session().scalar(sa.select(Account.email).where(Account.person_id == actor.person_id))
    if address != invitation.email:
        raise RuleBroken(N_("This invitation went to another address: sign in with the address that received it."))
    if is_minor_on(actor.birth_on, clock.today()):
        raise RuleBroken(N_("Only who is of age can act for an organisation."))
    links.use_link(token, LinkPurpose.INVITATION)
    invitation.accepted_at = clock.now()
    if _find_membership(invitation.organisation_id, actor.person_id) is None:
        add_member(invitation.organisation_id, actor.person_id, invitation.role)
    writing().flush()
    audit.record(actor, "accept_invitation", "invitation", invitation.id, organisation=invitation.organisation_id)
    return invitation.organisation_id


def change_role(actor: Actor, organisation_id: int, person_public_id: str, role: OrganisationRole) -> None:
    """Give a member another role; somebody must stay owner."""
    lock_own(actor, organisation_id, Action.MANAGE_MEMBERS)
    membership = _get_membership(organisation_id, person_public_id)
    if membership.role is role:
        return
    if membership.role is OrganisationRole.OWNER:
        rules.check_owner_remains(_owners(organisation_id), membership.person_id)
        _withdraw_made_by(organisation_id, membership.person_id)
    membership.role = role
    writing().flush()
    audit.record(actor, "change_role", "membership", membership.id, role=role.value)


def remove_member(actor: Actor, organisation_id: int, person_public_id: str) -> None:
    """End somebody's membership today; the last owner stays."""
    lock_own(actor, organisation_id, Action.MANAGE_MEMBERS)
    _end(actor, _get_membership(organisation_id, person_public_id), "remove_member")


def leave(actor: Actor, organisation_id: int) -> None:
    """End the actor's own membership; the last owner cannot."""
    lock_own(actor, organisation_id, Action.LEAVE)
    membership = _find_membership(organisation_id, actor.person_id)
    if membership is None:
        raise NotFound
    _end(actor, membership, "leave_organisation")


def leave_all(actor: Actor) -> None:
    """End all that the actor does for organisations; where they are the last owner of one, nothing ends."""
    for organisation_id in sorted(actor.organisations):
        leave(actor, organisation_id)


def _end(actor: Actor, membership: Membership, verb: str) -> None:
    """The organisation is locked: two owners who leave at once are judged one after the other."""
    if membership.role is OrganisationRole.OWNER:
        rules.check_owner_remains(_owners(membership.organisation_id), membership.person_id)
    _withdraw_made_by(membership.organisation_id, membership.person_id)
    membership.ended_at = clock.now()
    writing().flush()
    audit.record(actor, verb, "membership", membership.id)
    outbox.record(MemberLeft(membership.id))


def _live(organisation_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))


def _owners(organisation_id: int) -> frozenset[int]:
    statement = sa.select(Membership.person_id).where(_live(organisation_id), Membership.role == OrganisationRole.OWNER)
    return frozenset(writing().scalars(statement))


def _find_membership(organisation_id: int, person_id: int) -> Membership | None:
    statement = sa.select(Membership).where(_live(organisation_id), Membership.person_id == person_id)
    return writing().scalar(statement.execution_options(populate_existing=True))


def _get_membership(organisation_id: int, person_public_id: str) -> Membership:
    membership = writing().scalar(
        sa.select(Membership)
        .join(Person, Person.id == Membership.person_id)
        .where(_live(organisation_id), Person.public_id == person_public_id)
        .execution_options(populate_existing=True)
    )
    if membership is None:
        raise NotFound
    return membership


def _member_with_address(organisation_id: int, address: str) -> bool:
    statement = (
        sa.select(sa.literal(True))
        .select_from(Membership)
        .join(Account, Account.person_id == Membership.person_id)
        .where(_live(organisation_id), Account.email == address)
    )
    return bool(writing().scalar(statement))


def _was_invited_today(organisation_id: int, address: str) -> bool:
    statement = sa.select(Invitation.id).where(
        Invitation.organisation_id == organisation_id,
        Invitation.email == address,
        Invitation.created_at > clock.now() - timedelta(days=1),
    )
    return writing().scalar(statement.limit(1)) is not None


def _withdraw_live(organisation_id: int, address: str) -> int | None:
    return next(iter(_withdraw(Invitation.organisation_id == organisation_id, Invitation.email == address)), None)


def _withdraw_made_by(organisation_id: int, person_id: int) -> None:
    """Who is an owner no more comes back through no invitation of their own making."""
    _withdraw(Invitation.organisation_id == organisation_id, Invitation.invited_by_id == person_id)


def _withdraw(*which: sa.ColumnElement[bool]) -> Sequence[int]:
    """Withdraw the invitations that nobody has answered yet; their links are dead."""
    withdrawn = (
        writing()
        .scalars(
            sa.update(Invitation)
            .where(*which, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
            .values(withdrawn_at=clock.now())
            .returning(Invitation.id)
        )
        .all()
    )
    links.kill_links(LinkPurpose.INVITATION, *withdrawn)
    return withdrawn
