"""A family that has a place in a workshop, for tests of what it entrusts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.models import Activity, Signup
from civic.activities.services.authorising import Given
from civic.activities.services.signing_up import Entry, sign_up
from civic.care.services import writing
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.ids import new_public_id
from tests import factories as make

TEXT = "Sono d'accordo."


@dataclass(frozen=True)
class Family:
    """A child with a place, who answers for them, and who coordinates and conducts the workshop."""

    activity: Activity
    coordinator: Actor
    child: Person
    guardian: Actor
    signup: str
    signup_id: int
    starts_at: datetime
    ends_at: datetime

    def release(self, channels: set, by: Actor | None = None) -> bool:
        """Release images on these channels for a year after the end."""
        until = (self.ends_at + timedelta(days=365)).date()
        return writing.release_images(by or self.guardian, self.signup, frozenset(channels), until, TEXT)


def family(birth_on: date = make.THIRTEEN, **fields) -> Family:
    """Write a family whose child has a place in a workshop of two meetings, two weeks from now."""
    activity, opening, coordinator = make.published(**{"meetings": 2, "age_min": 11, "age_max": 19, **fields})
    child = make.account(birth_on)
    guardian = make.guardian_of(child)
    signup = sign_up(
        guardian, Entry(opening.public_id, child.id, new_public_id(), authorisation=Given(guardian.person_id, "Autorizzo."))
    )
    signup_id = session().scalar(sa.select(Signup.id).where(Signup.public_id == signup))
    meetings = make.occurrences_of(activity)
    span = meetings[0].starts_at, meetings[-1].ends_at
    return Family(activity, coordinator, child, guardian, signup, signup_id, *span)
