"""Writing to the people in an activity: all of them or a part, never one; kept, and counted."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.activities.services.publishing import lock_own_activity
from civic.activities.types import ActivityState
from civic.announcements.events import AnnouncementMade
from civic.announcements.models import Announcement
from civic.announcements.queries.announced import count_by_audience, is_young_alone
from civic.announcements.types import Audience
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.organisations.queries import is_verified
from civic.outbox import services as outbox

LONGEST = 2000
MOST_IN_A_DAY = 5
WRITTEN_AFTER = timedelta(days=30)
"""So long after the last meeting there is still something to say: thanks, the photographs, what comes next."""


def announce(actor: Actor, activity_public_id: str, audience: Audience, text: str) -> Announcement:
    """Keep the text and let a worker send it to the audience as it stands then.

    Raises RuleBroken without a text, where it is too long, nobody is in the audience, the activity is a draft or long over,
    or five were sent within a day.
    """
    activity = lock_own_activity(actor, activity_public_id)
    if not is_verified(activity.organisation_id):
        raise RuleBroken(N_("The organisation is suspended or not verified: it cannot write to people now."))
    if not text.strip():
        raise RuleBroken(N_("Write the message."), field="text")
    if len(text) > LONGEST:
        raise RuleBroken(N_("At most 2000 characters."), field="text")
    now = clock.now()
    if activity.state is ActivityState.DRAFT or activity.ends_at is None or now > activity.ends_at + WRITTEN_AFTER:
        raise RuleBroken(N_("To the people of this activity one cannot write: it is a draft, or long over."))
    told = count_by_audience(activity.id)[audience]
    if not told:
        raise RuleBroken(N_("There is nobody among these now."), field="audience")
    if told == 1 and is_young_alone(activity.id, audience):
        raise RuleBroken(N_("Among these is one young person alone: call who answers for them. Here one writes to many."))
    if _count_since(activity.id, now - timedelta(days=1)) >= MOST_IN_A_DAY:
        raise RuleBroken(N_("Five messages went out within a day: wait until tomorrow, or phone who must know now."))
    made = Announcement(
        activity_id=activity.id,
        audience=audience,
        text=text.strip(),
        told=told,
        created_by_id=actor.person_id,
        created_at=now,
    )
    writing().add(made)
    writing().flush()
    audit.record(actor, "announce", "activity", activity.id, announcement=made.id, audience=audience.value, signups=told)
    outbox.record(AnnouncementMade(made.id))
    return made


def _count_since(activity_id: int, since) -> int:
    made = sa.select(sa.func.count()).where(Announcement.activity_id == activity_id, Announcement.created_at > since)
    return session().scalar(made)
