"""How many people something is about, before it is done."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.models import Activity, Signup
from civic.activities.types import LIVE
from civic.kernel.db import session


def count_live(activity_id: int) -> int:
    """Return how many people have a signup of the activity that is not over."""
    statement = sa.select(sa.func.count(sa.distinct(Signup.person_id)))
    return session().scalar(statement.where(Signup.activity_id == activity_id, Signup.state.in_(sorted(LIVE)))) or 0


def is_signup_of(activity_public_id: str, signup_public_id: str) -> bool:
    """Whether the signup is one of this activity."""
    found = sa.exists().where(
        Signup.public_id == signup_public_id,
        Signup.activity_id == Activity.id,
        Activity.public_id == activity_public_id,
    )
    return bool(session().scalar(sa.select(found)))
