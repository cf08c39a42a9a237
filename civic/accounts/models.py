"""Tables of people and of how they sign in."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from civic.accounts.types import ConsentPurpose, LinkPurpose, Relationship
from civic.kernel.actor import Role
from civic.kernel.db import Base, enum_column


class Person(Base):
    """Somebody, with or without an account: siblings may share `email`, so it is no key here.

    `is_confided`: a young person as who comes to counselling, and as nobody else: never has an account or a guardian, and is
    never taken for a person of the same name. Whoever answers for them elsewhere finds nothing of it.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    given_name: Mapped[str]
    family_name: Mapped[str] = mapped_column(default="")
    birth_on: Mapped[date | None] = mapped_column(sa.Date)
    email: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="it")
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    is_confided: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    __table_args__ = (sa.CheckConstraint("language IN ('it', 'en')", name="language"),)

    @property
    def full_name(self) -> str:
        """The name as it is said."""
        return f"{self.given_name} {self.family_name}".strip()


class Account(Base):
    """How a person signs in; one per person, one per address. Of the addresses it had before only keyed hashes are kept."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    disabled_at: Mapped[datetime | None]
    mail_stopped_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    former_mailboxes: Mapped[list[bytes]] = mapped_column(ARRAY(sa.LargeBinary()), default=list, server_default="{}")


class RecoveryCode(Base):
    """A code on paper that stands in for the authenticator, once; the table keeps a keyed hash."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    code_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UserSession(Base):
    """One signed-in browser; the cookie holds the token, the table only its hash, so it can be ended from here."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    agent: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    second_factor_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RoleGrant(Base):
    """A role for the whole platform, from when to when, and who gave it."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("uq_role_grant_live", "person_id", "role", unique=True, postgresql_where=sa.text("ended_at IS NULL")),
    )


class Guardianship(Base):
    """An adult with parental responsibility for a young person, while it lasts."""

    __tablename__ = "guardianship"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    guardian_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    ward_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    relationship: Mapped[Relationship] = mapped_column(enum_column(Relationship, "relationship"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        sa.CheckConstraint("guardian_id <> ward_id", name="two_people"),
        sa.Index("uq_guardianship_live", "guardian_id", "ward_id", unique=True, postgresql_where=sa.text("ended_at IS NULL")),
    )


class Consent(Base):
    """A privacy consent: the exact text that was shown, for whom, by whom, when given and when withdrawn."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(enum_column(ConsentPurpose, "purpose"))
    text: Mapped[str]
    given_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Link(Base):
    """A mailed link: the table keeps the hash of its token; a new nonce kills the link that went before.

    `agreed_text` is what was agreed to in the form that the link confirms: it counts from the click.
    """

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(enum_column(LinkPurpose, "purpose"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    subject_id: Mapped[int | None]
    nonce: Mapped[str]
    token_hash: Mapped[bytes]
    agreed_text: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("ix_link_purpose_subject", "purpose", "subject_id"),)
