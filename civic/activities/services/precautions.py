"""What an activity asks of guardians beyond one yes by a mailed link."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.models import Activity, Signup
from civic.kernel.db import session
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_


def check_can_change(activity: Activity, authorisations_needed: int) -> None:
    """Raise RuleBroken where another number of yeses is asked for, and somebody has signed up under the one there was."""
    if authorisations_needed != activity.authorisations_needed and has_signups(activity.id):
        raise RuleBroken(
            N_("Somebody has signed up already: how many parents must say yes stays as it was."), field="authorisations_needed"
        )


def has_signups(activity_id: int) -> bool:
    """Whether anybody has ever signed up for the activity."""
    return bool(session().scalar(sa.select(sa.exists().where(Signup.activity_id == activity_id))))
