"""What the organisation writes to the people in an activity."""

from __future__ import annotations

import re
from datetime import timedelta

from civic.kernel.i18n import _
from civic.notifications.letters import Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category, Priority


class AnnouncementMessage(SignupMessage):
    """To everybody in the audience; it cannot be switched off, because it is about an activity one takes part in."""

    kind = "announcement"
    category = Category.CHANGE
    priority = Priority.MANY
    max_age = timedelta(days=7)

    @property
    def text(self) -> str | None:
        """The words as they were written."""
        return self.facts.announcements.get(self.facts.payload["announcement_id"])

    def is_due(self) -> bool:
        """Whether the signup is still live; thanks come after the last meeting as well."""
        return self.signup is not None and self.signup.state in self.states and self.text is not None

    def letter(self) -> Letter:
        """Who writes, about what, and the words."""
        about = (
            _("About “%(title)s”.", title=self.title)
            if self.is_own
            else _("About “%(title)s”, where %(name)s is signed up.", title=self.title, name=self.name)
        )
        paragraphs = [part.strip() for part in re.split(r"\n\s*\n", (self.text or "").replace("\r\n", "\n")) if part.strip()]
        contact = " ".join(self.signup.contact.split())
        return Letter(
            heading=_("%(organisation)s writes to you", organisation=self.organisation),
            paragraphs=(about, *paragraphs),
            button=self.see(_("See the sign-up")),
            notes=(_("To answer: %(contact)s", contact=contact),) if contact else (),
        )
