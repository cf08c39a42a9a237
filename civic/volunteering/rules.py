"""The rules of inviting: for which role, and whom by age."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.activities import rules
from civic.activities.age_limits import birthdays_of
from civic.activities.types import ActivityKind, OpeningFacts
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

LATELY = timedelta(days=365)
"""How long ago somebody may have lent a hand to be asked again; so long who was removed is not."""

AGAIN_AFTER = timedelta(days=7)
"""How long an organisation that has invited somebody does not invite them again, whatever the shift."""


def check_can_invite(opening: OpeningFacts, minimum: int, now: datetime) -> None:
    """Raise RuleBroken unless it is a volunteer's role that wants people and that they can sign up for at `now`."""
    if opening.kind is not ActivityKind.VOLUNTEERING:
        raise RuleBroken(N_("Only volunteers are invited."))
    rules.check_is_open(opening, now)
    if now >= opening.starts_at:
        raise RuleBroken(N_("It has already begun: it is too late to sign up."))
    if opening.taken >= minimum:
        raise RuleBroken(N_("Enough people have signed up: nobody needs to be invited."))


def can_invite(opening: OpeningFacts, minimum: int, now: datetime) -> bool:
    """Whether people can be invited to the role at `now`."""
    try:
        check_can_invite(opening, minimum, now)
    except RuleBroken:
        return False
    return True


def born_between(opening: OpeningFacts) -> tuple[date | None, date]:
    """Return the first and the last birthday of who is invited: of age on the first day, and as old as the activity asks."""
    first, last = birthdays_of(opening)
    adult = born_on_or_before(ADULT_AGE, rules.first_day(opening))
    return first, adult if last is None else min(last, adult)
