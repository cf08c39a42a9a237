"""The telephone call by which an organisation makes sure who has said yes for a minor, where the activity asks for one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base, enum_column


class CallOutcome(StrEnum):
    """What came of a call: they said the yes was theirs, nobody answered, or they said that they had authorised nothing."""

    CONFIRMED = "confirmed"
    NOT_REACHED = "not_reached"
    DENIED = "denied"


class GuardianCall(Base):
    """One call to whoever gave an authorisation: who called, when, and what came of it. Rows are only added."""

    __tablename__ = "guardian_call"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    authorisation_id: Mapped[int] = mapped_column(sa.ForeignKey("authorisation.id"), index=True)
    caller_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    called_at: Mapped[datetime]
    outcome: Mapped[CallOutcome] = mapped_column(enum_column(CallOutcome, "outcome"))
