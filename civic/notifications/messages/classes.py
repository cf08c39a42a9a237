"""To who teaches: the places of a class are held, names are missing, nothing is held any more."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.types import BlockEnd
from civic.kernel.i18n import _, format_day, ngettext
from civic.notifications.class_facts import ClassFacts
from civic.notifications.kinds import Message
from civic.notifications.letters import Card, Letter
from civic.notifications.types import Category, Priority


class _ClassMessage(Message):
    """A message whose subject is what is held for a class."""

    category = Category.ORGANISATION
    priority = Priority.PERSONAL
    max_age = timedelta(hours=48)

    @property
    def school_class(self) -> ClassFacts:
        """The class as it stands."""
        return self.facts.school_class

    @property
    def title(self) -> str:
        """The title of the activity, on one line."""
        return " ".join(self.school_class.title.split())

    @property
    def label(self) -> str:
        """Which class, on one line."""
        return " ".join(self.school_class.label.split())

    @property
    def last_day(self) -> str:
        """The last day on which names can be given."""
        return format_day(self.school_class.names_until - timedelta(minutes=1))

    @property
    def is_theirs(self) -> bool:
        """Whether the recipient teaches the class still, or writes for its school."""
        return self.school_class is not None and self.facts.recipient.id in self.school_class.teachers

    def awaits_names(self) -> bool:
        """Whether names are awaited still."""
        held = self.school_class
        return self.is_theirs and held.ended_as is None and held.unnamed > 0 and held.names_until > self.facts.now

    def card(self) -> Card:
        """When, where and with whom."""
        held = self.school_class
        place = held.place or _("Place to be announced")
        return Card(held.starts_at, self.title, place, " ".join(held.organisation_name.split()))

    def page_of_class(self) -> str:
        """Where the names are written."""
        return f"/gestione/{self.school_class.school_slug}/classi/{self.school_class.public_id}"

    def reason(self) -> str:
        """The places are held for their class."""
        return _("You receive this message because a class of your school asked for places.")


class ClassGranted(_ClassMessage):
    """Places are held for the class; now it needs names."""

    kind = "class_granted"
    priority = Priority.AWAITED

    def is_due(self) -> bool:
        """Whether there is a place without a name."""
        return self.awaits_names()

    def subject(self) -> str:
        """How many, for which class, in what."""
        return ngettext(
            "%(num)s place for %(label)s: %(title)s",
            "%(num)s places for %(label)s: %(title)s",
            self.facts.payload["count"],
            label=self.label,
            title=self.title,
        )

    def letter(self) -> Letter:
        """What to do now, and until when."""
        held, count = self.school_class, self.facts.payload["count"]
        more = ngettext(
            "The class still waits for %(num)s more place.",
            "The class still waits for %(num)s more places.",
            held.size - held.granted,
        )
        return Letter(
            heading=ngettext(
                "%(num)s place is held for %(label)s", "%(num)s places are held for %(label)s", count, label=self.label
            ),
            paragraphs=(
                _("Write by %(day)s who comes. Places without a name go to somebody else after that.", day=self.last_day),
                _("Each family says yes for itself: by the mail that we send them, or by a sheet that you print."),
                *((more,) if held.size > held.granted else ()),
            ),
            card=self.card(),
            button=self.action(_("Write the names"), self.page_of_class()),
        )


class ClassNamesMissing(_ClassMessage):
    """Seven and two days before the last day for names: how many places have none."""

    kind = "class_names_missing"

    def is_due(self) -> bool:
        """Whether there is a place without a name."""
        return self.awaits_names()

    def subject(self) -> str:
        """How many names are missing, for which class."""
        return ngettext(
            "%(num)s name is missing for %(label)s: %(title)s",
            "%(num)s names are missing for %(label)s: %(title)s",
            self.school_class.unnamed,
            label=self.label,
            title=self.title,
        )

    def letter(self) -> Letter:
        """Until when, and what happens then."""
        count = self.school_class.unnamed
        return Letter(
            heading=ngettext("%(num)s place has no name yet", "%(num)s places have no name yet", count),
            paragraphs=(
                _("You can write the names until %(day)s. What has no name then goes to somebody else.", day=self.last_day),
                _("Fewer of you? Give back the places you do not need: somebody else can come."),
            ),
            card=self.card(),
            button=self.action(_("Write the names"), self.page_of_class()),
        )


class ClassEnded(_ClassMessage):
    """Nothing is held for the class any more, and why; who was named keeps the place."""

    kind = "class_ended"
    priority = Priority.AWAITED

    def is_due(self) -> bool:
        """Whether it is over."""
        return self.is_theirs and self.school_class.ended_as is not None

    def subject(self) -> str:
        """What happened, for which class."""
        about = {"label": self.label, "title": self.title}
        if self.school_class.ended_as == BlockEnd.NO_PLACE:
            return _("No places came free for %(label)s: %(title)s", **about)
        if self.school_class.ended_as == BlockEnd.CANCELLED:
            return _("Cancelled, and with it the places for %(label)s: %(title)s", **about)
        return _("Places without a name were freed for %(label)s: %(title)s", **about)

    def letter(self) -> Letter:
        """What happened, and what stays."""
        return Letter(
            heading=self._heading(),
            paragraphs=self._said(),
            card=self.card(),
            button=self.action(_("See the class"), self.page_of_class()),
        )

    def _heading(self) -> str:
        if self.school_class.ended_as == BlockEnd.NO_PLACE:
            return _("No places came free in time")
        if self.school_class.ended_as == BlockEnd.CANCELLED:
            return _("The activity is cancelled")
        return ngettext("%(num)s place was freed", "%(num)s places were freed", self.facts.payload["freed"])

    def _said(self) -> tuple[str, ...]:
        held = self.school_class
        if held.ended_as == BlockEnd.NO_PLACE:
            return (_("%(label)s waited for its places until %(day)s. We are sorry.", label=self.label, day=self.last_day),)
        if held.ended_as == BlockEnd.CANCELLED:
            said = (_("“%(title)s” does not take place.", title=self.title),)
            why = (_("The reason: %(reason)s", reason=held.cancelled_reason),) if held.cancelled_reason else ()
            return (*said, *why, _("The families whose children had a place are told by us."))
        why = _("Nobody had been named for them.")
        if held.ended_as == BlockEnd.GIVEN_BACK:
            why = _("Who runs the activity needed them for others.")
        return (why, _("Who was named keeps the place."))
