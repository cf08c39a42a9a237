"""Which meetings travel with a message as calendar entries; `itip.py` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from civic.notifications.facts import Facts, Meeting

REQUEST = "REQUEST"
CANCEL = "CANCEL"
MOST = 20
"""No message carries more entries than this: the page of the signup has them all."""


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """One meeting of the signup that `facts` tell of, to be put into a calendar or taken out of it."""

    method: str
    facts: Facts
    meeting: Meeting


def parts(facts: Facts, meetings: Iterable[Meeting], method: str) -> list[CalendarPart]:
    """Return an entry for each of `meetings`; the newest version of a meeting has the highest SEQUENCE."""
    return [CalendarPart(method, facts, meeting) for meeting in list(meetings)[:MOST]]
