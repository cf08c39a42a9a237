"""To who coordinates: what an activity needs before it begins."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.types import ActivityKind
from civic.kernel.i18n import _, format_moment, ngettext
from civic.notifications.kinds import Message
from civic.notifications.letters import Letter
from civic.notifications.opening_facts import OpeningFacts
from civic.notifications.types import Category, Priority


class OpeningMessage(Message):
    """A message whose subject is a role that wants people."""

    @property
    def opening(self) -> OpeningFacts:
        """The places as they stand."""
        return self.facts.opening

    @property
    def title(self) -> str:
        """The title of the activity, on one line, with the role where there is one."""
        return " ".join(f"{self.opening.title}, {self.opening.role}".strip(" ,").split())

    def is_due(self) -> bool:
        """Whether people are missing still, and it has not begun."""
        opening = self.opening
        return opening is not None and opening.is_open and opening.missing > 0 and opening.starts_at > self.facts.now


class TooFewPeople(OpeningMessage):
    """A role lies below its minimum two days before: how many are missing, and where to do something about it."""

    kind = "too_few_people"
    category = Category.ORGANISATION
    priority = Priority.AWAITED
    max_age = timedelta(hours=48)
    can_switch_off = True

    def subject(self) -> str:
        """Say how many are missing, and where."""
        missing, title = self.opening.missing, self.title
        return ngettext("%(num)s person is missing: %(title)s", "%(num)s people are missing: %(title)s", missing, title=title)

    def letter(self) -> Letter:
        """The numbers, the way to the desk, and where volunteers are invited."""
        opening = self.opening
        desk = f"/gestione/{opening.organisation_slug}/attivita/{opening.activity_public_id}"
        invites = opening.kind == ActivityKind.VOLUNTEERING
        return Letter(
            heading=ngettext("%(num)s person is missing", "%(num)s people are missing", opening.missing),
            paragraphs=(
                _("“%(title)s” begins on %(when)s.", title=self.title, when=format_moment(opening.starts_at)),
                _("At least %(minimum)s are needed. Signed up so far: %(taken)s.", minimum=opening.minimum, taken=opening.taken),
            ),
            button=self.action(_("Go to your desk"), desk),
            links=(self.action(_("Invite who would fit"), f"{desk}/posti/{opening.public_id}/invita"),) if invites else (),
        )

    def reason(self) -> str:
        """They answer for the activity."""
        return _("You receive this message because you coordinate activities of an organisation.")
