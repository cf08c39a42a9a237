"""Table of the declarations about certificates."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base, enum_column
from civic.safeguarding.types import Outcome


class SafeguardingDeclaration(Base):
    """What an organisation says of one person's certificate. The last row counts; a trigger refuses to change any.

    `valid_until` is kept with it: should the law give certificates another life, what was declared stays as it was.
    """

    __tablename__ = "safeguarding_declaration"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    issued_on: Mapped[date] = mapped_column(sa.Date)
    seen_on: Mapped[date] = mapped_column(sa.Date)
    valid_until: Mapped[date] = mapped_column(sa.Date)
    declared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    declared_at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("issued_on <= seen_on", name="seen"),
        sa.Index("ix_safeguarding_declaration_last", "organisation_id", "person_id", sa.desc("id")),
        sa.Index("ix_safeguarding_declaration_valid_until", "valid_until"),
    )
