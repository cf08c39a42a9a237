"""What the organisation writes to the people in an activity, and that they have answered."""

from __future__ import annotations

import re
from datetime import timedelta

from civic.kernel.i18n import _, ngettext
from civic.notifications.kinds import Message
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
            links=(self.answer(_("Read it on the site and answer")),),
            notes=(_("If it is urgent: %(contact)s", contact=contact),) if contact else (),
        )


class RepliesToRead(Message):
    """Somebody answered: that there is something to read, and where; what they wrote, and who, stays on the site."""

    kind = "replies_to_read"
    folds = True
    category = Category.ORGANISATION
    max_age = timedelta(days=3)
    can_switch_off = True

    @property
    def is_theirs(self) -> bool:
        """Whether the recipient still writes for the organisation."""
        return self.facts.inbox is not None and self.facts.recipient.id in self.facts.inbox.editors

    def is_due(self) -> bool:
        """Whether nobody has seen to it yet."""
        return self.facts.inbox is not None and self.facts.inbox.open > 0

    @property
    def title(self) -> str:
        """The title of the activity, on one line."""
        return " ".join(self.facts.inbox.title.split())

    def subject(self) -> str:
        """Say how many, and where."""
        count = self.facts.inbox.open
        return ngettext("%(num)s answer to read: %(title)s", "%(num)s answers to read: %(title)s", count, title=self.title)

    def letter(self) -> Letter:
        """How many, and the way to them."""
        inbox = self.facts.inbox
        return Letter(
            heading=ngettext("%(num)s answer to read", "%(num)s answers to read", inbox.open),
            paragraphs=(
                _("Somebody answered to what you wrote to the people of “%(title)s”.", title=self.title),
                _("All who write for the organisation read the answers. Mark the ones you see to, so that nobody does it twice."),
            ),
            button=self.action(
                _("Read the answers"), f"/gestione/{inbox.organisation_slug}/attivita/{inbox.activity_public_id}/messaggi"
            ),
        )

    def reason(self) -> str:
        """They answer for the organisation."""
        return _("You receive this message because you answer for an organisation.")
