"""Whether somebody may have the place now: judged anew at every step, for the dates as they are at that moment."""

from __future__ import annotations

from civic.activities import rules
from civic.activities.kinds import kind_of
from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.services import age_exceptions
from civic.activities.types import OpeningFacts, OverlapPolicy
from civic.kernel.db import writing


def check_may_have(person_id: int, opening: OpeningFacts) -> None:
    """Raise RuleBroken where the person is of the wrong age on the first day, or busy where the kind lets nobody be."""
    kind = kind_of(opening.kind)
    kind.check_can_hold(facts.get_person(person_id), age_exceptions.lift_for(opening, person_id))
    if kind.overlap_policy is OverlapPolicy.BLOCKS:
        _, clashes = facts.list_clashes(person_id, opening.id)
        rules.check_no_clash(clashes, opening.organisation_id)


def lacks_authorisation(signup: Signup, opening: OpeningFacts) -> bool:
    """Whether a guardian must still say yes. A meeting that moved may have crossed a birthday: the row says so from now on."""
    needs = kind_of(opening.kind).needs_authorisation(facts.get_person(signup.person_id), opening)
    if needs is not signup.needs_authorisation:
        signup.needs_authorisation = needs
        writing().flush()
    return needs and not facts.has_authorisation(signup.id)
