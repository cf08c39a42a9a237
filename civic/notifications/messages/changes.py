"""What changes under the feet of those who signed up: a meeting moves, a meeting falls out, the activity is cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta

from civic.activities.types import HOLDING, ActivityState, SignupState
from civic.kernel.i18n import _, format_day, format_time
from civic.notifications import calendar
from civic.notifications.calendar import CalendarPart
from civic.notifications.facts import Meeting
from civic.notifications.letters import Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category, Priority, Urgency

_TOLD = HOLDING - {SignupState.UNCONFIRMED}


class _MeetingChange(SignupMessage):
    """Something happened to one meeting of a signup."""

    category = Category.CHANGE
    urgency = Urgency.CRITICAL
    priority = Priority.PERSONAL
    max_age = timedelta(days=7)
    states = _TOLD

    @property
    def meeting(self) -> Meeting | None:
        """The meeting as it stands now."""
        return self.signup.meeting(self.facts.payload["occurrence_id"])

    @property
    def has_entry(self) -> bool:
        """Whether the meeting may stand in the recipient's calendar."""
        return self.signup.state == SignupState.CONFIRMED

    def _is_to_come(self) -> bool:
        return self.meeting is not None and self.meeting.is_scheduled and self.meeting.ends_at > self.facts.now

    def calendar(self) -> list[CalendarPart]:
        """Return the entry as it is now, with its SEQUENCE."""
        return calendar.parts(self.facts, [self.meeting], calendar.REQUEST) if self.has_entry and self.meeting else []


class OccurrenceAdded(_MeetingChange):
    """There is one more meeting, with its calendar entry."""

    kind = "occurrence_added"
    urgency = Urgency.NORMAL

    def is_due(self) -> bool:
        """Whether the meeting is still to come."""
        return super().is_due() and self._is_to_come()

    def letter(self) -> Letter:
        """When, and what to do if it does not suit."""
        return Letter(
            heading=_("There is one more meeting"),
            paragraphs=(_("“%(title)s” has one more meeting. The others stay as they are.", title=self.title),),
            card=self.card(self.meeting),
            button=self.see(_("See the sign-up")),
            links=(self.leave(),),
        )


class OccurrenceMoved(_MeetingChange):
    """The old date or place, the new one, and the calendar entry brought up to date."""

    kind = "occurrence_moved"

    def is_due(self) -> bool:
        """Whether this move is the latest thing that happened to the meeting."""
        return super().is_due() and self._is_to_come() and self.meeting.version == self.facts.payload["version"]

    def subject(self) -> str:
        """Say that something changed."""
        return _("Changed: “%(title)s”", title=self.title)

    def letter(self) -> Letter:
        """Before and now; and that there is something else at that time, where there is."""
        words = [_("“%(title)s” has changed. Here is how it is now.", title=self.title)]
        if self.facts.payload.get("is_busy"):
            words.append(
                self.own_or_guardian(
                    _("You already have something else at the new time: look at it and give one of the two up."),
                    _("%(name)s already has something else at the new time: one of the two must be given up.", name=self.name),
                )
            )
        return Letter(
            heading=_("Another hour to meet") if self._only_meets_anew() else _("Date or place have changed"),
            paragraphs=tuple(words),
            card=self.card(self.meeting),
            lines=(_("Before: %(text)s", text=self._before()),),
            button=self.see(_("See the sign-up")),
            links=(self.leave(),),
            notes=(_("If the new date does not suit, tell us: somebody else will be glad of the place."),),
        )

    def _only_meets_anew(self) -> bool:
        """Whether nothing moved but the hour to meet, which otherwise goes with the start."""
        old, meets_at = self.facts.payload.get("old_meets_at"), self.meeting.meets_at
        is_other = (datetime.fromisoformat(old) if old else None) != meets_at
        return is_other and datetime.fromisoformat(self.facts.payload["old_starts_at"]) == self.meeting.starts_at

    def _before(self) -> str:
        payload = self.facts.payload
        starts_at = datetime.fromisoformat(payload["old_starts_at"])
        place = self.facts.places.get(payload.get("old_place_id"), "")
        when = f"{format_day(starts_at)}, {format_time(starts_at)}"
        if payload.get("old_meets_at"):
            met = datetime.fromisoformat(payload["old_meets_at"])
            when = f"{when}, {_('Meet at %(time)s', time=format_time(met))}"
        return f"{when}, {place}" if place else when


class OccurrenceCancelled(_MeetingChange):
    """One meeting does not take place; the others do."""

    kind = "occurrence_cancelled"

    @property
    def ended_with_meeting(self) -> bool:
        """Whether the signup was for this meeting alone, and ended with it."""
        return self.signup.state == SignupState.CANCELLED and "was_confirmed" in self.facts.payload

    @property
    def has_entry(self) -> bool:
        """Whether the meeting may stand in the recipient's calendar."""
        return super().has_entry or bool(self.facts.payload.get("was_confirmed"))

    def is_due(self) -> bool:
        """Whether the meeting is cancelled, would not be over by now, and the activity goes on."""
        signup = self.signup
        if signup is None or signup.activity_state != ActivityState.PUBLISHED:
            return False
        if signup.state not in self.states and not self.ended_with_meeting:
            return False
        meeting = self.meeting
        return meeting is not None and not meeting.is_scheduled and meeting.ends_at > self.facts.now

    def subject(self) -> str:
        """Say it at once: nobody should go in vain."""
        return _("Cancelled meeting: “%(title)s”", title=self.title)

    def letter(self) -> Letter:
        """Which one, and why."""
        meeting = self.meeting
        when = f"{format_day(meeting.starts_at)}, {format_time(meeting.starts_at)}"
        words = [_("The meeting of “%(title)s” on %(when)s does not take place.", title=self.title, when=when)]
        if meeting.reason:
            words.append(_("Why: %(reason)s", reason=meeting.reason))
        rest = self.signup.upcoming(self.facts.now)
        if rest:
            words.append(_("The other meetings stay as they are: this is the next one."))
        return Letter(
            heading=_("A meeting does not take place"),
            paragraphs=tuple(words),
            card=self.card(),
            button=self.see(_("See the sign-up")),
        )

    def calendar(self) -> list[CalendarPart]:
        """Return the end of the entry."""
        return calendar.parts(self.facts, [self.meeting], calendar.CANCEL) if self.has_entry and self.meeting else []


class ActivityCancelled(SignupMessage):
    """The activity does not take place: to everybody who had a place, waited or had asked."""

    kind = "activity_cancelled"
    category = Category.CHANGE
    urgency = Urgency.CRITICAL
    priority = Priority.PERSONAL
    max_age = timedelta(days=7)

    def is_due(self) -> bool:
        """Whether the activity is cancelled."""
        return self.signup is not None and self.signup.activity_state == ActivityState.CANCELLED

    def subject(self) -> str:
        """Say it at once: nobody should go in vain."""
        return _("Cancelled: “%(title)s”", title=self.title)

    def letter(self) -> Letter:
        """Why, and what else there is."""
        words = [_("“%(title)s” does not take place. We are sorry.", title=self.title)]
        if self.signup.cancelled_reason:
            words.append(_("Why: %(reason)s", reason=self.signup.cancelled_reason))
        return Letter(
            heading=_("The activity is cancelled"),
            paragraphs=tuple(words),
            button=self.others(),
        )

    def calendar(self) -> list[CalendarPart]:
        """Return the end of every entry of who had a place."""
        if not self.facts.payload.get("was_confirmed"):
            return []
        ended = [one for one in self.signup.meetings if not one.is_scheduled and one.ends_at > self.facts.now]
        return calendar.parts(self.facts, ended, calendar.CANCEL)
