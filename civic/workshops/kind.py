"""The rules of young people's places (and of public events and courses, whose minors need the same care)."""

from __future__ import annotations

from civic.accounts.rules import check_birth_date
from civic.activities import rules
from civic.activities.age_limits import check_age_band
from civic.activities.types import OpeningFacts, OverlapPolicy, PersonFacts
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_


class WorkshopKind:
    """A place for a young person: the right age on the first day, a guardian's yes below 18, overlaps only warned of."""

    overlap_policy = OverlapPolicy.WARNS
    offer_waking_hours = 48

    def check_can_hold(self, person: PersonFacts, opening: OpeningFacts) -> None:
        """Raise RuleBroken unless the birth date is there, possible and fits the ages."""
        if person.birth_on is None:
            raise RuleBroken(N_("We need the date of birth of who comes."), field="birth_on")
        check_birth_date(person.birth_on, clock.today())
        check_age_band(person.birth_on, opening)

    def needs_authorisation(self, person: PersonFacts, opening: OpeningFacts) -> bool:
        """Below 18 somebody with parental responsibility must authorise, but for counselling."""
        return rules.needs_guardian(person, opening)
