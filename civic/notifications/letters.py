"""A message in words, before it is a mail or an entry of the inbox: one value, from which text and HTML are both made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Card:
    """When and where, as one reads it from afar."""

    when: datetime
    title: str
    place: str
    note: str = ""
    meets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do, or a smaller one; `note` says more of it below."""

    label: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message says. `lines` are a short list, `notes` smaller words after the button."""

    heading: str
    paragraphs: tuple[str, ...]
    card: Card | None = None
    lines: tuple[str, ...] = ()
    button: Action | None = None
    links: tuple[Action, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a letter: why it came, where to choose what comes, and the way out of what one may do without."""

    reason: str
    preferences_url: str | None
    leave_url: str | None
    home_url: str
