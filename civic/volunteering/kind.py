"""The rules of a volunteer's role on a shift."""

from __future__ import annotations

from civic.accounts.rules import age_on, check_birth_date
from civic.activities import rules
from civic.activities.age_limits import check_age_band
from civic.activities.types import OpeningFacts, OverlapPolicy, PersonFacts
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

YOUNGEST_VOLUNTEER = 14


class VolunteeringKind:
    """A role on a shift: from 14 (or the age the activity says), a guardian's yes below 18, no overlap at all."""

    overlap_policy = OverlapPolicy.BLOCKS
    offer_waking_hours = 24

    def check_can_hold(self, person: PersonFacts, opening: OpeningFacts) -> None:
        """Raise RuleBroken unless the person is old enough on the day of the shift."""
        if person.birth_on is None:
            raise RuleBroken(N_("We need your date of birth."), field="birth_on")
        check_birth_date(person.birth_on, clock.today())
        if age_on(person.birth_on, rules.first_day(opening)) < YOUNGEST_VOLUNTEER:
            raise RuleBroken(N_("You can volunteer from the age of %(age)s."), field="birth_on", age=YOUNGEST_VOLUNTEER)
        check_age_band(person.birth_on, opening)

    def needs_authorisation(self, person: PersonFacts, opening: OpeningFacts) -> bool:
        """Volunteers below 18 need the yes of who has parental responsibility."""
        return rules.needs_guardian(person, opening)
