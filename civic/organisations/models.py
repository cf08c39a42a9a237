"""Tables of organisations, their members and the invitations to join them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.actor import OrganisationRole
from civic.kernel.db import Base, enum_column
from civic.organisations.types import OrganisationKind, OrganisationState


class Organisation(Base):
    """An organisation; one per tax code."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    tax_code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[OrganisationKind] = mapped_column(enum_column(OrganisationKind, "kind"))
    runts_number: Mapped[str | None]
    summary: Mapped[str] = mapped_column(default="")
    email: Mapped[str]
    phone: Mapped[str | None]
    website: Mapped[str | None]
    quartiere_id: Mapped[int | None] = mapped_column(sa.ForeignKey("quartiere.id"), index=True)
    state: Mapped[OrganisationState] = mapped_column(enum_column(OrganisationState, "state"))
    state_reason: Mapped[str | None]
    state_changed_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Membership(Base):
    """A person acting for an organisation, in one role at a time."""

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[OrganisationRole] = mapped_column(enum_column(OrganisationRole, "role"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("uq_membership_live", "organisation_id", "person_id", unique=True, postgresql_where=sa.text("ended_at IS NULL")),
    )


class Invitation(Base):
    """An address asked to join an organisation; the link in the mail answers it."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    email: Mapped[str]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[OrganisationRole] = mapped_column(enum_column(OrganisationRole, "role"))
    invited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index(
            "uq_invitation_live",
            "organisation_id",
            "email",
            unique=True,
            postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )
