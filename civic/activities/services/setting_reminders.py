"""When the people of an activity are reminded of a meeting, and in which words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from civic.activities.reminder_rule import ReminderRule
from civic.activities.services.publishing import lock_own_activity
from civic.audit import services as audit
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

MOST = 4
LONGEST = 500
PLACEHOLDERS = ("titolo", "giorno", "ora", "luogo")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Reminding:
    """One reminder: days on the wall clock, or hours, before a meeting; whether it asks if one still comes; its own words."""

    days: int = 0
    hours: int = 0
    asks: bool = False
    text: str = ""

    @property
    def name(self) -> str:
        """How the reminder is called in keys: 7d, 3h."""
        return f"{self.days}d" if self.days else f"{self.hours}h"


STANDARD = (Reminding(days=7, asks=True), Reminding(days=1), Reminding(hours=3))
"""The reminders of an activity that has none of its own."""
WHENS = tuple(Reminding(days=days).name for days in (14, 10, 7, 5, 3, 2, 1)) + tuple(
    Reminding(hours=hours).name for hours in (12, 6, 3, 2, 1)
)


def reminding_of(name: str, *, asks: bool = False, text: str = "") -> Reminding:
    """Return the reminder that is called so in `WHENS`."""
    number = int(name[:-1])
    return Reminding(number if name.endswith("d") else 0, number if name.endswith("h") else 0, asks, text)


def check_text(text: str) -> None:
    """Raise RuleBroken for words that are too long, or hold a placeholder that nothing can be put in place of."""
    if len(text) > LONGEST:
        raise RuleBroken(N_("At most 500 characters."))
    for name in _IN_BRACES.findall(text):
        if name not in PLACEHOLDERS:
            raise RuleBroken(N_("{%(name)s} means nothing: there are {titolo}, {giorno}, {ora} and {luogo}."), name=name)


def fill(text: str, values: dict[str, str]) -> str:
    """Return the words with each placeholder replaced, once: what is put in is not looked at again."""
    return _IN_BRACES.sub(lambda found: values.get(found[1], found[0]), text)


def set_reminders(actor: Actor, activity_public_id: str, reminders: Sequence[Reminding]) -> None:
    """Give the activity these reminders in place of those it had; none brings back those of all.

    What was written already leaves as it was. Raises RuleBroken for more than four, for two at the same time and for words
    that cannot be sent.
    """
    activity = lock_own_activity(actor, activity_public_id)
    if len(reminders) > MOST:
        raise RuleBroken(N_("At most four reminders."))
    if len({one.name for one in reminders}) < len(reminders):
        raise RuleBroken(N_("Two reminders come at the same time: change one of them."))
    for one in reminders:
        check_text(one.text)
    writing().execute(sa.delete(ReminderRule).where(ReminderRule.activity_id == activity.id))
    for one in reminders:
        values = {"days": one.days, "hours": one.hours, "asks": one.asks, "text": _in_lines(one.text)}
        writing().add(ReminderRule(activity_id=activity.id, **values))
    audit.record(actor, "set_reminders", "activity", activity.id, reminders=[one.name for one in reminders])


def _in_lines(text: str) -> str:
    """Return the words with the line ends of one kind: browsers send two characters for each."""
    return text.replace("\r\n", "\n").strip()
