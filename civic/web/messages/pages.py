"""What the pages of the messages show."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.i18n import current_language
from civic.notifications import inbox
from civic.notifications.inbox import Entry
from civic.web.paging import Pager, build_pager
from civic.web.personal.area import Area, build_area


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Messages, newest first."""

    area: Area
    entries: tuple[Entry, ...]
    pager: Pager
    unread: int
    until: str


@dataclass(frozen=True, slots=True)
class PreferencesPage:
    """The choice of mails, within the personal area."""

    area: Area


@dataclass(frozen=True, slots=True)
class FollowedPage:
    """What one follows, within the personal area."""

    area: Area
    has_organisations: bool


@dataclass(frozen=True, slots=True)
class UnsubscribePage:
    """A category that somebody is about to leave, or has left."""

    label: str
    is_done: bool
    token: str


def inbox_page(actor: Actor, number: int) -> InboxPage:
    """Return one page of the actor's messages in the language of the page."""
    entries, total = inbox.list_messages(actor, current_language(), number)
    pager = build_pager(total, number, inbox.PER_PAGE, lambda page: url_for("messages.inbox", pagina=page))
    return InboxPage(build_area(actor), entries, pager, actor.unread, clock.now().isoformat())
