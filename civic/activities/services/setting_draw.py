"""When places are drawn: said before anybody signs up, and from then on only put off, never taken back."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from civic.activities import rules
from civic.activities.events import DrawMoved
from civic.activities.models import Activity, Opening
from civic.activities.types import ActivityState, EntryMode
from civic.kernel import clock
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

Terms = tuple[EntryMode, object, bool]
_SEED_BYTES = 32


def terms_of(of) -> Terms:
    """Return how places are given, when they are drawn and who comes first, of an activity or of its fields."""
    return of.entry_mode, of.draw_at, of.draw_new_first


def check_draw(activity: Activity) -> None:
    """Raise RuleBroken where the activity draws its places and cannot at that moment; forget a moment that means nothing."""
    if activity.entry_mode is EntryMode.DRAW:
        rules.check_draw(activity.draw_at, activity.signup_opens_at, activity.starts_at, clock.now())
    else:
        activity.draw_at, activity.draw_new_first = None, False


def follow_change(activity: Activity, before: Terms) -> None:
    """Check what became of the draw of an activity whose words were changed; who takes part is told of another moment.

    Raises RuleBroken where people count on what was said: only the moment may change, and only to a later one.
    """
    if terms_of(activity) == before and activity.state is not ActivityState.DRAFT:
        return
    if activity.state is not ActivityState.DRAFT:
        _check_only_later(activity, before)
    check_draw(activity)
    if activity.state is not ActivityState.DRAFT:
        outbox.record(DrawMoved(activity.id))


def _check_only_later(activity: Activity, before: Terms) -> None:
    mode, draw_at, new_first = before
    if EntryMode.DRAW not in (mode, activity.entry_mode):
        return
    if activity.entry_mode is not mode:
        raise RuleBroken(N_("It is public already: whether places are drawn can no longer change."), field="entry_mode")
    if activity.draw_new_first is not new_first:
        raise RuleBroken(N_("It is public already: who comes first in the draw can no longer change."), field="draw_new_first")
    if session().scalar(sa.select(sa.exists().where(Opening.activity_id == activity.id, Opening.drawn_at.is_not(None)))):
        raise RuleBroken(N_("The draw has been held: it cannot be moved."), field="draw_at")
    if activity.draw_at is None or activity.draw_at < draw_at:
        raise RuleBroken(N_("People count on this moment: the draw can only be put off."), field="draw_at")


def make_seed(activity: Activity) -> None:
    """Fix the seed of the draw, before anybody can sign up: its hash is public from now on, itself after the draw."""
    if activity.entry_mode is EntryMode.DRAW:
        activity.draw_seed = secrets.token_hex(_SEED_BYTES)
        writing().flush()
