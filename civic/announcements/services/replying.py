"""Answering to what was announced: into an inbox that two adults read, and from which nobody is answered alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ACCOUNT_AGE
from civic.activities.models import Activity
from civic.activities.policy import Action, Target, check_can
from civic.activities.queries.guardians import has_said_yes
from civic.activities.queries.signups import get_signup_for
from civic.announcements.events import ReplyWritten
from civic.announcements.models import Announcement, Reply
from civic.announcements.queries.replies import is_read_by_two, list_reaching
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

LONGEST = 1000
MOST_IN_A_DAY = 5
ANSWERED_WITHIN = timedelta(days=30)


def reply(actor: Actor, signup_public_id: str, announcement_id: int, text: str) -> Reply:
    """Keep the answer for all who write for the organisation, and let them be told.

    Raises NotFound for whoever the signup is not about, or where the announcement did not reach it; RuleBroken without a
    text, where it is too long, the sixth of a day, or answers are not open (`check_is_open`).
    """
    view = get_signup_for(actor, signup_public_id, clock.now())
    if view.row.person_id != actor.person_id and view.row.person_id not in actor.wards:
        raise NotFound
    if not may_read(actor, view.row):
        raise NotFound
    found = next((one for one in list_reaching(view.row.id) if one.id == announcement_id), None)
    if found is None:
        raise NotFound
    _check_text(text)
    check_is_open(actor, view.row, found.created_at)
    now = clock.now()
    if _count_since(view.row.id, now - timedelta(days=1)) >= MOST_IN_A_DAY:
        raise RuleBroken(N_("Five answers came within a day. If it is urgent, use the contact of the activity."))
    made = Reply(
        announcement_id=announcement_id, signup_id=view.row.id, author_id=actor.person_id, text=text.strip(), created_at=now
    )
    writing().add(made)
    writing().flush()
    outbox.record(ReplyWritten(announcement_id))
    return made


def may_read(actor: Actor, signup: Any) -> bool:
    """Whether what is announced about a signup is for the actor, of those it is about: to be asked for a yes is not enough."""
    return actor.person_id == signup.person_id or has_said_yes(actor, signup.id)


def check_is_open(actor: Actor, signup: Any, announced_at: datetime) -> None:
    """Raise RuleBroken where the actor cannot answer on the site to what was announced then: with what they can do instead."""
    is_child = signup.birth_on is not None and signup.birth_on > born_on_or_before(ACCOUNT_AGE, clock.today())
    if is_child and actor.person_id == signup.person_id:
        raise RuleBroken(N_("Under 14 a parent answers: they have the same message."))
    if not is_read_by_two(signup.organisation_id):
        raise RuleBroken(N_("Answers are not read on the site here: use the contact of the activity."))
    if clock.now() > announced_at + ANSWERED_WITHIN:
        raise RuleBroken(N_("The last message is more than a month old: use the contact of the activity."))


def set_handled(actor: Actor, activity_public_id: str, reply_id: int, *, is_handled: bool) -> None:
    """Write that somebody of the organisation saw to the answer, or that it is still open."""
    statement = (
        sa.select(Reply, Activity.organisation_id)
        .join(Announcement, Announcement.id == Reply.announcement_id)
        .join(Activity, Activity.id == Announcement.activity_id)
        .where(Reply.id == reply_id, Activity.public_id == activity_public_id)
        .with_for_update(of=Reply)
    )
    row = writing().execute(statement).one_or_none()
    if row is None:
        raise NotFound
    check_can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=row.organisation_id))
    if (row.Reply.handled_at is not None) == is_handled:
        return
    row.Reply.handled_at = clock.now() if is_handled else None
    row.Reply.handled_by_id = actor.person_id if is_handled else None
    writing().flush()
    verb = "handle_reply" if is_handled else "reopen_reply"
    audit.record(actor, verb, "announcement", row.Reply.announcement_id, reply=reply_id)


def _check_text(text: str) -> None:
    if not text.strip():
        raise RuleBroken(N_("Write the answer."), field="text")
    if len(text) > LONGEST:
        raise RuleBroken(N_("At most 1000 characters."), field="text")


def _count_since(signup_id: int, since: datetime) -> int:
    made = sa.select(sa.func.count()).where(Reply.signup_id == signup_id, Reply.created_at > since)
    return session().scalar(made)
