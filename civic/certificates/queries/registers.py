"""The register of an activity as its page shows it: what the marks say now, and what was issued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from civic.certificates.models import Certificate, Register
from civic.certificates.queries.hours import Meetings, count_meetings, gaps_of, list_hours
from civic.certificates.rules import DEFAULT_THRESHOLD
from civic.certificates.types import Gap, Hours
from civic.kernel.db import session


@dataclass(frozen=True, slots=True)
class RegisterView:
    """A register, open or closed; `issued` is the latest document of each person, revoked or not, by person."""

    register: Register
    meetings: Meetings
    people: tuple[Hours, ...]
    issued: Mapping[int, Certificate]

    @property
    def is_closed(self) -> bool:
        """Whether the totals are fixed."""
        return self.register.closed_at is not None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The meetings at which marks are missing."""
        return gaps_of(self.people)

    @property
    def live(self) -> tuple[Certificate, ...]:
        """The documents that count."""
        return tuple(one for one in self.issued.values() if one.revoked_at is None)

    def find_person(self, signup: str) -> Hours | None:
        """Return the person by the public id of their sign-up, or None."""
        return next((one for one in self.people if one.signup == signup), None)


def get_register(activity_id: int) -> RegisterView:
    """Return the register of an activity; one that nobody has touched yet is open and asks for the usual share."""
    found = session().scalar(sa.select(Register).where(Register.activity_id == activity_id))
    return RegisterView(
        register=found or Register(activity_id=activity_id, threshold=DEFAULT_THRESHOLD),
        meetings=count_meetings(activity_id),
        people=list_hours(activity_id),
        issued=list_latest(activity_id),
    )


def list_latest(activity_id: int) -> dict[int, Certificate]:
    """Return the latest document of each person of an activity, revoked or not, by person."""
    statement = sa.select(Certificate).where(Certificate.activity_id == activity_id).order_by(Certificate.id)
    return {one.person_id: one for one in session().scalars(statement)}
