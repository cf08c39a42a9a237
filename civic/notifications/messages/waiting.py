"""The waiting list: a place is offered, the offer runs out, a place comes free late, the turn passes."""

from __future__ import annotations

from civic.activities.types import ActivityState, SignupState
from civic.kernel.i18n import _, format_moment
from civic.notifications import calendar
from civic.notifications.calendar import CalendarPart
from civic.notifications.letters import Action, Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category, Priority, Urgency


class OfferMade(SignupMessage):
    """A freed place is theirs if they take it in time."""

    kind = "offer_made"
    category = Category.SIGNUP
    priority = Priority.AWAITED
    states = frozenset({SignupState.OFFERED})

    def is_due(self) -> bool:
        """Whether this offer, and no later one, is still open."""
        offer = self.signup.offer if self.signup else None
        if not super().is_due() or offer is None or offer["id"] != self.facts.payload["offer_id"]:
            return False
        return offer["answer"] is None and offer["expires_at"] > self.facts.now

    def subject(self) -> str:
        """Say what it is about, since there is a deadline."""
        return _("A place has come free: %(title)s", title=self.title)

    def letter(self) -> Letter:
        """Take it, and until when."""
        until = format_moment(self.signup.offer["expires_at"]) if self.signup.offer else self.until()
        for_one = self.own_or_guardian(_("A place is free for you"), _("A place is free for %(name)s", name=self.name))
        kept = _(
            "It is kept until %(when)s. After that it goes to the next person and you stay in the list, at its end.", when=until
        )
        return Letter(
            heading=_("Places are free for %(names)s", names=self._names) if self._is_for_all else for_one,
            paragraphs=(kept, _("One answer counts for all of them.")) if self._is_for_all else (kept,),
            card=self.card(),
            button=self.see(_("Take the place")),
            links=(self.see(_("Not now, keep me in the list")),),
        )

    @property
    def _is_for_all(self) -> bool:
        """Whether it tells who answers for all the brothers and sisters of a place for each: nobody else reads their names."""
        reader, others = self.facts.recipient.id, self.signup.offered_with
        return bool(others) and not self.is_own and all(reader in answer for _name, answer in others)

    @property
    def _names(self) -> str:
        *others, last = (self.name, *(name for name, _answer in self.signup.offered_with))
        return _("%(others)s and %(last)s", others=", ".join(others), last=last)


class OfferExpired(SignupMessage):
    """The offer ran out; they are still in the list."""

    kind = "offer_expired"
    category = Category.SIGNUP
    can_switch_off = True
    states = frozenset({SignupState.WAITING})

    def letter(self) -> Letter:
        """Nothing is lost."""
        return Letter(
            heading=_("The place went to the next person"),
            paragraphs=(
                _("The time to take the place at “%(title)s” is over.", title=self.title),
                _("You are still in the waiting list, at its end: if a place comes free we write again."),
            ),
            button=self.see(_("See the waiting list")),
        )


class PlaceFreedLate(SignupMessage):
    """A place came free near the start: the first of those who wait has it."""

    kind = "place_freed_late"
    category = Category.SIGNUP
    priority = Priority.AWAITED
    states = frozenset({SignupState.WAITING})

    def is_due(self) -> bool:
        """Whether there still is a free place that one may take."""
        return super().is_due() and self.signup.has_place_to_take(self.facts.now)

    def subject(self) -> str:
        """Say what it is about: it is a matter of hours."""
        return _("A place has come free: %(title)s", title=self.title)

    def letter(self) -> Letter:
        """The first who takes it has it."""
        return Letter(
            heading=_("A place has come free at the last moment"),
            paragraphs=(_("Everybody in the waiting list reads this now: the first who takes the place has it."),),
            card=self.card(),
            button=self.see(_("Take the place")),
        )


class PlaceWithdrawn(SignupMessage):
    """The organisation has fewer places: they wait again, and the calendar entry goes."""

    kind = "place_withdrawn"
    category = Category.CHANGE
    urgency = Urgency.CRITICAL
    states = frozenset({SignupState.WAITING})

    def subject(self) -> str:
        """Say that something changed."""
        return _("Changed: “%(title)s”", title=self.title)

    def letter(self) -> Letter:
        """Sorry, and where they stand now."""
        sorry = _("%(organisation)s has fewer places than it thought. We are sorry.", organisation=self.organisation)
        contact = self.signup.contact
        return Letter(
            heading=self.own_or_guardian(_("You are in the waiting list"), _("%(name)s is in the waiting list", name=self.name)),
            paragraphs=(
                sorry,
                _("The position now is number %(num)s.", num=self.signup.position or 1),
                _("If a place comes free we write at once, and keep it for a while."),
            ),
            card=self.card(),
            button=self.see(_("See the waiting list")),
            notes=(_("Questions? Ask here: %(contact)s", contact=contact),) if contact else (),
        )

    def calendar(self) -> list[CalendarPart]:
        """Return the end of every entry: there is no place to go to for now."""
        return calendar.parts(self.facts, self.signup.upcoming(self.facts.now), calendar.CANCEL)


class WaitEnded(SignupMessage):
    """It has begun, and no place came free: a kind word, once."""

    kind = "wait_ended"
    category = Category.SIGNUP
    can_switch_off = True
    states = frozenset({SignupState.EXPIRED})

    def is_due(self) -> bool:
        """Whether it took place without them; that it may be over by now changes nothing."""
        signup = self.signup
        return signup is not None and signup.state in self.states and signup.activity_state == ActivityState.PUBLISHED

    def letter(self) -> Letter:
        """It was not their fault, and there is more to do."""
        return Letter(
            heading=_("This time there was no place"),
            paragraphs=(
                _("“%(title)s” has begun and no place came free. Thank you for waiting.", title=self.title),
                _("There are other things to do: have a look."),
            ),
            button=self.others(),
        )


class TurnPassed(SignupMessage):
    """A place came free and went on, because the guardian has not answered yet: to both, and the guardian can answer now."""

    kind = "turn_passed"
    category = Category.SIGNUP
    can_switch_off = True
    states = frozenset({SignupState.WAITING})

    def is_due(self) -> bool:
        """Whether the yes is still missing; a guardian who is asked must still be able to give it."""
        if not super().is_due() or not self.signup.lacks_yes:
            return False
        return "link_id" not in self.facts.payload or (self.facts.link is not None and self.facts.link.is_usable)

    @property
    def asks(self) -> bool:
        """Whether it goes to the guardian whose answer is waited for."""
        return "link_id" in self.facts.payload and not self.is_own

    def letter(self) -> Letter:
        """What is missing, and where the guardian gives it."""
        passed = _("This time the place at “%(title)s” went to the next person: a parent has not said yes yet.", title=self.title)
        if self.asks:
            passed = _(
                "A place for %(name)s at “%(title)s” had come free. It went to the next person, because your yes is missing.",
                name=self.name,
                title=self.title,
            )
        return Letter(
            heading=_("A place came free, but the authorisation is missing"),
            paragraphs=(passed, _("The position in the list stays. With the authorisation the next place can be offered.")),
            button=self._answer() if self.asks else self.see(_("See the sign-up")),
        )

    def _answer(self) -> Action:
        return self.action(_("Read and answer"), f"/autorizzazione/{self.facts.link.token}")
