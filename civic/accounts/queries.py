"""Reads of people and accounts."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.kernel.actor import Actor
from civic.kernel.db import session


def list_wards(actor: Actor) -> Sequence[Person]:
    """Return the young people the actor answers for, by name; without a question where there are none."""
    if not actor.wards:
        return ()
    statement = sa.select(Person).where(Person.id.in_(actor.wards)).order_by(Person.given_name, Person.id)
    return session().scalars(statement).all()
