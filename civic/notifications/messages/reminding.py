"""The reminder before a meeting."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

from civic.activities.services.setting_reminders import fill
from civic.activities.types import ActivityState, SignupState
from civic.kernel import clock
from civic.kernel.i18n import _, format_day, format_time
from civic.notifications.facts import Meeting
from civic.notifications.letters import Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category, Priority


def paragraphs_of(text: str, title: str, starts_at: datetime, place: str) -> tuple[str, ...]:
    """Return the organisation's words about a meeting, a paragraph each."""
    values = {"titolo": title, "giorno": format_day(starts_at), "ora": format_time(starts_at), "luogo": place}
    return tuple(one.strip() for one in fill(text, values).split("\n\n") if one.strip())


class Reminder(SignupMessage):
    """A week, a day and some hours before: when, where, and a way to say that one cannot come."""

    kind = "reminder"
    category = Category.REMINDER
    priority = Priority.MANY
    can_switch_off = True
    in_inbox = True
    states = frozenset({SignupState.CONFIRMED})

    @cached_property
    def meeting(self) -> Meeting | None:
        """The meeting as it stands now."""
        return self.signup.meeting(self.facts.payload["occurrence_id"])

    def is_due(self) -> bool:
        """Whether the meeting is still to come, at the time for which the reminder was written."""
        signup = self.signup
        if signup is None or signup.state not in self.states or signup.activity_state != ActivityState.PUBLISHED:
            return False
        meeting = self.meeting
        if meeting is None or not meeting.is_scheduled or meeting.starts_at <= self.facts.now:
            return False
        return meeting.version == self.facts.payload["version"]

    def subject(self) -> str:
        """Say when and what."""
        starts_at = self.meeting.starts_at
        if self._days_left == 0:
            return _("Today at %(time)s: %(title)s", time=format_time(starts_at), title=self.title)
        if self._days_left == 1:
            return _("Tomorrow at %(time)s: %(title)s", time=format_time(starts_at), title=self.title)
        return _("%(day)s: %(title)s", day=format_day(starts_at).capitalize(), title=self.title)

    def letter(self) -> Letter:
        """When, where, what to know; a week before, the question whether one still comes."""
        details = self.signup.private_details
        return Letter(
            heading=self._heading(),
            paragraphs=(*self._own_words(), _("If you cannot come, say so: somebody else is waiting for the place.")),
            card=self.card(self.meeting),
            button=self.see(_("Yes, see the sign-up") if self._asks else _("See the sign-up")),
            links=(self.leave(),),
            notes=(_("Good to know: %(text)s", text=details),) if details else (),
        )

    @property
    def _asks(self) -> bool:
        return self.facts.payload.get("asks") and self._days_left > 1

    def _own_words(self) -> tuple[str, ...]:
        """What the organisation wrote for this reminder."""
        text = self.facts.payload.get("text")
        return paragraphs_of(text, self.signup.title, self.meeting.starts_at, self.meeting.place) if text else ()

    def _heading(self) -> str:
        own = self.is_own
        if self._asks:
            return _("Are you still coming?") if own else _("Is %(name)s still coming?", name=self.name)
        if self._days_left == 0:
            return _("See you today") if own else _("%(name)s is expected today", name=self.name)
        if self._days_left == 1:
            return _("See you tomorrow") if own else _("%(name)s is expected tomorrow", name=self.name)
        return _("See you soon") if own else _("%(name)s is expected soon", name=self.name)

    @cached_property
    def _days_left(self) -> int:
        today = clock.to_rome(self.facts.now).date()
        return (clock.to_rome(self.meeting.starts_at).date() - today) // timedelta(days=1)
