"""The rules of inviting: for which role, and whom by age."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.activities import rules
from civic.activities.types import ActivityKind, OpeningFacts
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

LATELY = timedelta(days=365)
"""How long ago somebody may have lent a hand to be asked again."""


def check_can_invite(opening: OpeningFacts, minimum: int, now: datetime) -> None:
    """Raise RuleBroken unless it is a volunteer's role that wants people and that they can sign up for at `now`."""
    if opening.kind is not ActivityKind.VOLUNTEERING:
        raise RuleBroken(N_("Only volunteers are invited."))
    rules.check_is_open(opening, now)
    if now >= opening.starts_at:
        raise RuleBroken(N_("It has already begun: it is too late to sign up."))
    if opening.taken >= minimum:
        raise RuleBroken(N_("Enough people have signed up: nobody needs to be invited."))


def born_between(opening: OpeningFacts) -> tuple[date, date | None]:
    """Return until when, and after when, those are born who are invited: of age on the first day, and as old as it asks."""
    day = rules.first_day(opening)
    latest = born_on_or_before(max(ADULT_AGE, opening.age_min or 0), day)
    return latest, None if opening.age_max is None else born_on_or_before(opening.age_max + 1, day)
