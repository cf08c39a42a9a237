"""Digests: what came since the last one, each in a line that leads to it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cached_property

from civic.kernel.i18n import _, ngettext
from civic.notifications.kinds import Message
from civic.notifications.letters import Action, Letter
from civic.notifications.types import Category, Mode, Priority

MOST = 50
"""So many lines a digest has; how many more there are it says."""


class Digest(Message):
    """Several messages of a category in one; what is no longer true by now is left out, and with nothing left nothing is sent."""

    priority = Priority.MANY
    max_age = timedelta(hours=48)
    can_switch_off = True
    in_inbox = False
    resends_after_crash = False

    @cached_property
    def messages(self) -> list[Message]:
        """Return what still holds, in the order in which it happened."""
        return [message for message in self.facts.folded if message.is_theirs and message.is_due()]

    def is_due(self) -> bool:
        """Whether there is anything left to tell."""
        return bool(self.messages)

    def heading(self) -> str:
        """Return what is gathered."""
        raise NotImplementedError

    def subject(self) -> str:
        """Say how much there is, and for how long it was gathered."""
        count = len(self.messages)
        if self.facts.payload.get("mode") == Mode.DAILY:
            return ngettext("%(num)s thing since yesterday", "%(num)s things since yesterday", count)
        return ngettext("%(num)s thing this week", "%(num)s things this week", count)

    def letter(self) -> Letter:
        """One line for each; what reads the same stands there once."""
        lines = Counter(message.line() for message in self.messages)
        left_out = len(lines) - MOST
        more = (ngettext("And %(num)s more, on the site.", "And %(num)s more, on the site.", left_out),) if left_out > 0 else ()
        return Letter(
            heading=self.heading(),
            paragraphs=(self.subject(),),
            links=(*(_counted(line, count) for line, count in list(lines.items())[:MOST]), self.everything()),
            notes=more,
        )

    def everything(self) -> Action:
        """Return where all of it stands."""
        return self.action(_("See them on the site"), "/area-personale/messaggi")

    def reason(self) -> str:
        """They chose to have it so."""
        return _("You receive this message because you asked to have these things gathered in one email.")


def _counted(line: Action, count: int) -> Action:
    """Return a line, saying how often it came where that was more than once."""
    return line if count == 1 else Action(f"{line.label} ({count})", line.url, line.note)


class NewsDigest(Digest):
    """What is new of the things that the recipient follows."""

    kind = "news_digest"
    category = Category.NEWS

    def heading(self) -> str:
        """It is news."""
        return _("What is new for you")

    def reason(self) -> str:
        """They follow something."""
        return _("You receive this message because you follow something here.")


class OrganisationDigest(Digest):
    """What awaits who coordinates."""

    kind = "organisation_digest"
    category = Category.ORGANISATION

    def heading(self) -> str:
        """It is work."""
        return _("What happened in your activities")

    def everything(self) -> Action:
        """Return the desk, where it is dealt with."""
        return self.action(_("Go to your activities"), "/gestione/")
