"""Invitations to a shift that lies below its minimum: how many would go out, how they read, and writing them all at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from civic.activities.rules import last_moment
from civic.activities.types import OpeningFacts
from civic.kernel import clock
from civic.kernel.db import session, writing
from civic.kernel.i18n import current_language
from civic.notifications import facts
from civic.notifications.catalogue import MESSAGES
from civic.notifications.letters import Letter
from civic.notifications.types import Category
from civic.notifications.writing import ONCE, WRITTEN, earliest, values_of
from civic.organisations.models import Organisation
from civic.volunteering.queries import FITTING, values_of_fitting
from civic.volunteering.rules import AGAIN_AFTER

# Once for each shift and person, whatever the role: the key is that of the shift. It goes to who has an account and has
# asked for it there, and to nobody else: what people leave to manage a sign-up is not for writing about other shifts.
_KEY = "concat_ws(':', 'shift_invitation', coalesce('shift.' || x.occurrence_id, 'activity.' || x.activity_id), w.id)"
_INVITED = f"""
SELECT w.id AS recipient_id, {_KEY} AS key
{FITTING}
   AND EXISTS (SELECT FROM account c WHERE c.person_id = w.id AND c.confirmed_at IS NOT NULL AND c.disabled_at IS NULL)
   AND EXISTS (SELECT FROM preference f WHERE f.person_id = w.id AND f.category = :category AND f.mode = 'now')
   AND NOT EXISTS (SELECT FROM notification n WHERE n.dedupe_key = {_KEY})
   AND NOT EXISTS (
       SELECT FROM notification n JOIN opening y ON y.id = n.subject_id JOIN activity b ON b.id = y.activity_id
        WHERE n.recipient_id = w.id AND n.kind = 'shift_invitation' AND n.created_at > :not_since
          AND b.organisation_id = a.organisation_id)
"""
_COUNT = sa.text(f"SELECT count(*) FROM ({_INVITED}) invited")
_WRITE = sa.text(f"""
WITH told AS ({_INVITED}),
{WRITTEN}
  SELECT 'shift_invitation', told.recipient_id, 'opening', :opening_id, told.key, '{{}}'::jsonb, :urgency, :not_before,
         :expires_at, :now, NULL
    FROM told
   WHERE :not_before < :expires_at
{ONCE}""").bindparams(
    *(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("now", "not_before", "expires_at"))
)


def count_to_invite(opening: OpeningFacts) -> int:
    """Return how many people would be invited now."""
    return session().scalar(_COUNT, {**_values_of_invited(opening, clock.now()), "category": Category.UPDATE.value})


def write_invitations(opening: OpeningFacts) -> int:
    """Invite whoever would fit and was not invited before, in one statement; return how many mails will leave.

    Two that invite for one organisation, to whichever shifts, take their turn: so nobody hears of two in a week.
    """
    lock = sa.select(Organisation.id).where(Organisation.id == opening.organisation_id)
    writing().execute(lock.with_for_update(key_share=True))
    message, now = MESSAGES["shift_invitation"], clock.now()
    values = {
        **_values_of_invited(opening, now),
        "not_before": earliest(message, now),
        "expires_at": last_moment(opening.signup_closes_at, opening.starts_at),
        **values_of(message),
    }
    return writing().execute(_WRITE, values).rowcount


def _values_of_invited(opening: OpeningFacts, now: datetime) -> dict[str, Any]:
    return {**values_of_fitting(opening, now), "not_since": now - AGAIN_AFTER}


def preview(opening_id: int) -> Letter:
    """Return the invitation as it stands now, in the language of the page, to nobody in particular."""
    nobody = facts.Recipient(0, "", "", current_language(), None, has_account=False)
    return MESSAGES["shift_invitation"](facts.of_opening(opening_id, nobody)).letter()
