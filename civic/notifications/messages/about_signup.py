"""What all messages about one signup share: the person it is about, the date, where it is seen and left."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from civic.activities.similar import similar_path
from civic.activities.types import LIVE, ActivityState, SignupState
from civic.kernel import clock
from civic.kernel.i18n import _, format_moment, format_short_day, format_time
from civic.notifications import addresses, settings
from civic.notifications.facts import Meeting, SignupFacts
from civic.notifications.kinds import Message
from civic.notifications.letters import Action, Card

MOST_LINES = 12


class SignupMessage(Message):
    """A message whose subject is a signup; `states` are those in which it is still worth sending."""

    states: ClassVar[frozenset[SignupState]] = LIVE
    tells_guardian = True

    @property
    def signup(self) -> SignupFacts:
        """The signup as it stands."""
        return self.facts.signup

    @property
    def title(self) -> str:
        """The title of the activity, on one line."""
        return " ".join(self.signup.title.split())

    @property
    def organisation(self) -> str:
        """The name of who runs the activity, on one line."""
        return " ".join(self.signup.organisation_name.split())

    @property
    def is_own(self) -> bool:
        """Whether the recipient is the one who comes, and not who answers for them."""
        return self.facts.recipient.id == self.signup.person_id

    @property
    def is_theirs(self) -> bool:
        """Whether the recipient comes, or answers for who comes: somebody not of age, and as long as they do."""
        if self.signup is None:
            return False
        return self.is_own or (self.is_for_minor and self.facts.recipient.id in self.signup.guardians)

    @property
    def is_for_minor(self) -> bool:
        """Whether who comes is not of age today."""
        return self.signup.is_minors(clock.to_rome(self.facts.now).date())

    @property
    def name(self) -> str:
        """The given name of who comes; only the letter to a guardian needs it, and no subject has it."""
        return self.signup.person_name

    def is_due(self) -> bool:
        """Whether the signup still stands where the message says, and the activity is not over."""
        signup = self.signup
        if signup is None or signup.state not in self.states:
            return False
        return signup.activity_state == ActivityState.PUBLISHED and bool(signup.upcoming(self.facts.now))

    def subject(self) -> str:
        """Say no more than which activity there is news about."""
        return _("News about “%(title)s”", title=self.title)

    def thread(self) -> str:
        """All messages of a signup are one conversation."""
        return f"signup-{self.signup.public_id}@{settings.current().domain}"

    def reason(self) -> str:
        """Say whose signup it is about, without the name."""
        if self.is_own:
            return _("You receive this message because there is a sign-up in your name.")
        return _("You receive this message because you answer for a person who signed up.")

    def own_or_guardian(self, own: str, guardian: str) -> str:
        """Return the words for who comes, or for who answers for them."""
        return own if self.is_own else guardian

    def card(self, meeting: Meeting | None = None) -> Card | None:
        """Return the meeting that is named as a card, else the next one."""
        if meeting is None:
            meeting = next(iter(self.signup.upcoming(self.facts.now)), None)
        if meeting is None:
            return None
        place = meeting.place or _("Place to be announced")
        return Card(meeting.starts_at, self.title, place, self.organisation, meeting.meets_at)

    def further_meetings(self) -> tuple[str, ...]:
        """Return the meetings after the next one, a line each."""
        rest = self.signup.upcoming(self.facts.now)[1:]
        if not rest:
            return ()
        lines = [_("The other meetings:"), *(span(meeting) for meeting in rest[:MOST_LINES])]
        return tuple([*lines, _("and others: they are all on the page")] if len(rest) > MOST_LINES else lines)

    def see(self, label: str) -> Action:
        """Return a button to the page of the signup."""
        return Action(label, self._url)

    def answer(self, label: str) -> Action:
        """Return the link to what was announced about the signup, and where one answers."""
        return Action(label, f"{self._url}/messaggi")

    def others(self) -> Action:
        """Return a button to what else there is: alike, with places free, for their age."""
        path = similar_path(self.signup.kind, self.signup.birth_on, clock.to_rome(self.facts.now).date())
        return self.action(_("See what else there is"), path)

    @cached_property
    def _url(self) -> str:
        return addresses.signup(self.facts.recipient, self.signup)

    def leave(self) -> Action:
        """Return the link for who cannot come."""
        return self.see(_("I can't come"))

    def until(self) -> str:
        """Return until when the place is held, in words; empty where it is not."""
        return format_moment(self.signup.hold_until) if self.signup.hold_until else ""


def span(meeting: Meeting) -> str:
    """Return day and hours of a meeting in few letters."""
    return f"{format_short_day(meeting.starts_at)}, {format_time(meeting.starts_at)}–{format_time(meeting.ends_at)}"
