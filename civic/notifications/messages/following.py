"""To who follows something: there is something new."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.types import ActivityKind
from civic.kernel.i18n import N_, _, format_moment
from civic.notifications.kinds import Message
from civic.notifications.letters import Action, Card, Letter
from civic.notifications.topics import Subject, read_topic
from civic.notifications.types import Category, Priority

_KINDS = {
    ActivityKind.WORKSHOP: N_("workshops"),
    ActivityKind.VOLUNTEERING: N_("volunteering"),
    ActivityKind.TRAINING: N_("training"),
    ActivityKind.PUBLIC_EVENT: N_("events"),
}


class NewMatch(Message):
    """An activity was published that is of something which the recipient follows: what, when, where, and why they hear of it."""

    kind = "new_match"
    category = Category.NEWS
    priority = Priority.MANY
    max_age = timedelta(days=14)
    can_switch_off = True
    folds = True
    resends_after_crash = False

    @property
    def activity(self):
        """Return the activity, or None where it is gone."""
        return self.facts.activity

    def is_due(self) -> bool:
        """Whether one can still come."""
        return self.activity is not None and self.activity.is_open and self.activity.starts_at is not None

    def subject(self) -> str:
        """Say what is new."""
        return _("New: %(title)s", title=self.title())

    def letter(self) -> Letter:
        """When and where, and the page with everything else."""
        found = self.activity
        organisation = " ".join(found.organisation_name.split())
        return Letter(
            heading=_("Something new for you"),
            paragraphs=(self.because(),),
            card=Card(found.starts_at, self.title(), found.place or _("Place to be announced"), organisation),
            button=self.action(_("See the activity"), f"/attivita/{found.slug}"),
            links=(self.action(_("Choose what you follow"), "/area-personale/seguiti"),),
        )

    def line(self) -> Action:
        """Return the title, and below it day, place and why."""
        found = self.activity
        parts = (format_moment(found.starts_at), found.place, self.because())
        return Action(self.title(), self.page(f"/attivita/{found.slug}"), ". ".join(part for part in parts if part))

    def reason(self) -> str:
        """They follow something."""
        return _("You receive this message because you follow something here.")

    def title(self) -> str:
        """Return the title on one line."""
        return " ".join(self.activity.title.split())

    def because(self) -> str:
        """Return for which of the things that the recipient follows it is news."""
        names = [name for name in map(self._name, self.facts.payload.get("topics", ())) if name]
        return _("Because you follow %(names)s", names=", ".join(names)) if names else ""

    def _name(self, text: str) -> str:
        topic = read_topic(text)
        if topic is not None and topic.subject is Subject.KIND:
            return _(_KINDS[ActivityKind(topic.key)])
        return " ".join(self.facts.topics.get(text, "").split())
