"""Whether somebody may have the place now: judged anew at every step, for the dates as they are at that moment."""

from __future__ import annotations

from civic.activities import rules
from civic.activities.kinds import kind_of
from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.services import lifting
from civic.activities.services.moves import close_authorisation
from civic.activities.types import OpeningFacts, OverlapPolicy
from civic.kernel.db import writing


def check_may_have(person_id: int, opening: OpeningFacts, signup_id: int) -> None:
    """Raise RuleBroken where the person is of the wrong age on the first day, or busy where the kind lets nobody be."""
    kind = kind_of(opening.kind)
    kind.check_can_hold(facts.get_person(person_id), lifting.lift_for(opening, signup_id))
    if kind.overlap_policy is OverlapPolicy.BLOCKS:
        _, clashes = facts.list_clashes(person_id, opening.id)
        rules.check_no_clash(clashes, opening.organisation_id)


def lacks_authorisation(signup: Signup, opening: OpeningFacts) -> bool:
    """Whether a guardian must still say yes. A birthday may have been crossed: the row says so from now on,
    and where nobody need answer any more the question is closed.
    """
    needs = kind_of(opening.kind).needs_authorisation(facts.get_person(signup.person_id), opening)
    if needs is not signup.needs_authorisation:
        signup.needs_authorisation = needs
        writing().flush()
        if not needs:
            close_authorisation(signup.id)
    return needs and not facts.has_authorisation(signup.id)
