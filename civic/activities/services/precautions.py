"""What an activity asks of guardians beyond one yes by a mailed link."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.services import people
from civic.activities.models import Activity, Signup
from civic.activities.types import OpeningFacts
from civic.kernel.db import session
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_


def check_can_change(activity: Activity, authorisations_needed: int, *, asks_call: bool) -> None:
    """Raise RuleBroken where something else is asked for, and somebody has signed up under what was asked before."""
    if authorisations_needed != activity.authorisations_needed and has_signups(activity.id):
        raise RuleBroken(
            N_("Somebody has signed up already: how many parents must say yes stays as it was."), field="authorisations_needed"
        )
    if asks_call != activity.asks_call and has_signups(activity.id):
        raise RuleBroken(N_("Somebody has signed up already: whether you call who says yes stays as it was."), field="asks_call")


def has_signups(activity_id: int) -> bool:
    """Whether anybody has ever signed up for the activity."""
    return bool(session().scalar(sa.select(sa.exists().where(Signup.activity_id == activity_id))))


def keep_number(guardian_id: int, phone: str | None, ward_id: int, opening: OpeningFacts) -> None:
    """Keep the number of who says yes, where the activity calls them and has none; one they gave before stays as it is.

    Raises RuleBroken where there is none to call, or it is the young person's own.
    """
    if not opening.asks_call:
        return
    number = people.give_phone(guardian_id, phone)
    if number is None:
        raise RuleBroken(
            N_("For this activity the organisation calls who says yes: write a telephone number."), field="phone"
        )
    if number == people.phone_of(ward_id):
        raise RuleBroken(N_("This is the young person's own number: write the one of an adult."), field="phone")
