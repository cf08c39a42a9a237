"""Reads of organisations. Only the verified ones are public; the others are known to their members and the administration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.accounts.models import Account, Person
from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.db import session
from civic.kernel.errors import NotFound
from civic.organisations.models import Invitation, Membership, Organisation
from civic.organisations.types import OrganisationKind, OrganisationState
from civic.programme.models import Quartiere

PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation as lists and its page show it."""

    id: int
    public_id: str
    slug: str
    name: str
    kind: OrganisationKind
    summary: str
    email: str
    phone: str | None
    website: str | None
    runts_number: str | None
    tax_code: str
    state: OrganisationState
    state_reason: str | None
    created_at: datetime
    quartiere_name: str | None
    quartiere_code: str | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody who acts for an organisation."""

    public_id: str
    name: str
    email: str
    role: OrganisationRole
    started_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An address that has not answered yet."""

    email: str
    role: OrganisationRole
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationView:
    """What the page behind an invitation's link shows."""

    organisation_name: str
    organisation_slug: str
    role: OrganisationRole
    is_usable: bool
    is_accepted: bool


_ROW = sa.select(
    Organisation.id,
    Organisation.public_id,
    Organisation.slug,
    Organisation.name,
    Organisation.kind,
    Organisation.summary,
    Organisation.email,
    Organisation.phone,
    Organisation.website,
    Organisation.runts_number,
    Organisation.tax_code,
    Organisation.state,
    Organisation.state_reason,
    Organisation.created_at,
    Quartiere.name.label("quartiere_name"),
    Quartiere.code.label("quartiere_code"),
).outerjoin(Quartiere, Quartiere.id == Organisation.quartiere_id)
_PUBLIC = Organisation.state == OrganisationState.VERIFIED


def is_verified(organisation_id: int) -> bool:
    """Whether the administration has verified the organisation."""
    state = session().scalar(sa.select(Organisation.state).where(Organisation.id == organisation_id))
    return state is OrganisationState.VERIFIED


def list_public(text: str = "", quartiere: str | None = None, page: int = 1) -> tuple[tuple[OrganisationRow, ...], int]:
    """Return one page of the verified organisations by name, and how many there are in all."""
    statement = _ROW.where(_PUBLIC, *_says(text, Organisation.name, Organisation.summary))
    if quartiere:
        statement = statement.where(Quartiere.slug == quartiere)
    return _page(statement.order_by(sa.func.lower(Organisation.name), Organisation.id), page)


def _says(text: str, *columns) -> list[sa.ColumnElement[bool]]:
    """Return a condition for each word of `text`: it stands in one of the columns."""
    return [
        sa.or_(*(sa.func.lower(column).contains(word, autoescape=True) for column in columns))
        for word in text.casefold().split()[:6]
    ]


def _page(statement: sa.Select, page: int) -> tuple[tuple[OrganisationRow, ...], int]:
    counted = statement.add_columns(sa.func.count().over().label("total"))
    rows = session().execute(counted.limit(PER_PAGE).offset((max(page, 1) - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        return _page(statement, 1)
    return tuple(OrganisationRow(*row[:-1]) for row in rows), (rows[0].total if rows else 0)


def get_public(slug: str) -> OrganisationRow:
    """Return the verified organisation that the address names; raise NotFound for any other."""
    return _one(_ROW.where(Organisation.slug == slug, _PUBLIC))


def get_own(actor: Actor, slug: str) -> OrganisationRow:
    """Return the organisation for a member, whatever its state; raise NotFound for everybody else."""
    row = _one(_ROW.where(Organisation.slug == slug))
    if not actor.is_in(row.id):
        raise NotFound
    return row


def list_own(actor: Actor) -> tuple[OrganisationRow, ...]:
    """Return the organisations that the actor acts for, by name."""
    if not actor.organisations:
        return ()
    statement = _ROW.where(Organisation.id.in_(list(actor.organisations))).order_by(sa.func.lower(Organisation.name))
    return tuple(OrganisationRow(*row) for row in session().execute(statement))


def list_in_state(state: OrganisationState, text: str = "", page: int = 1) -> tuple[tuple[OrganisationRow, ...], int]:
    """Return one page of the organisations in `state`, who waits longest first, and how many; for the administration."""
    statement = _ROW.where(Organisation.state == state, *_says(text, Organisation.name, Organisation.tax_code))
    return _page(statement.order_by(Organisation.state_changed_at, Organisation.id), page)


def get_by_public_id(public_id: str) -> OrganisationRow:
    """Return the organisation, whatever its state; for the administration."""
    return _one(_ROW.where(Organisation.public_id == public_id))


def quartiere_id_of(organisation_id: int) -> int | None:
    """Return the quartiere the organisation has its seat in."""
    return session().scalar(sa.select(Organisation.quartiere_id).where(Organisation.id == organisation_id))


def _one(statement: sa.Select) -> OrganisationRow:
    row = session().execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return OrganisationRow(*row)


def list_members(organisation_id: int) -> tuple[MemberRow, ...]:
    """Return who acts for the organisation, owners first."""
    order = sa.case({role.value: place for place, role in enumerate(OrganisationRole)}, value=Membership.role)
    statement = (
        sa.select(Person, Account.email, Membership.role, Membership.started_at)
        .select_from(Membership)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .order_by(order, Person.given_name, Person.id)
    )
    return tuple(
        MemberRow(person.public_id, person.full_name, email or "", role, started_at)
        for person, email, role, started_at in session().execute(statement)
    )


def list_invitations(organisation_id: int) -> tuple[InvitationRow, ...]:
    """Return the invitations that nobody has answered yet, the newest first."""
    statement = (
        sa.select(Invitation.email, Invitation.role, Invitation.expires_at)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .order_by(Invitation.created_at.desc())
    )
    return tuple(InvitationRow(*row) for row in session().execute(statement))


def get_invitation(token: str) -> InvitationView:
    """Return the invitation that a link leads to; raise NotFound where the link is not ours."""
    link = links.find_link(token, LinkPurpose.INVITATION)
    if link is None:
        raise NotFound
    row = (
        session()
        .execute(
            sa.select(Organisation.name, Organisation.slug, Invitation)
            .join(Organisation, Organisation.id == Invitation.organisation_id)
            .where(Invitation.id == link.subject_id)
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound
    name, slug, invitation = row
    is_open = invitation.accepted_at is None and invitation.withdrawn_at is None and link.used_at is None
    return InvitationView(
        name, slug, invitation.role, is_open and link.expires_at > clock.now(), invitation.accepted_at is not None
    )
