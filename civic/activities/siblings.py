"""Brothers and sisters who want to come all or none, until they have a place: then each stands alone."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from civic.kernel.db import Base

FEWEST, MOST = 2, 4
HOLDS_BACK_UNTIL = timedelta(days=3)
"""Nearer to the start nothing is held back for them: a place that nobody has is lost."""


class Sibling(Base):
    """The signup of one of them; those of one `first_id`, which is one of theirs, wait and are offered places together."""

    __tablename__ = "sibling"

    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), index=True)
