"""From the first click to the place: confirm the address, confirmed, requested, waiting, declined, cancelled, expired."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.types import SignupState
from civic.kernel.i18n import _, format_moment
from civic.notifications import calendar
from civic.notifications.calendar import CalendarPart
from civic.notifications.letters import Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category, Priority, Urgency


class AddressConfirmation(SignupMessage):
    """To a newcomer: the link that makes the held place theirs."""

    kind = "address_confirmation"
    category = Category.ACCOUNT
    urgency = Urgency.CRITICAL
    priority = Priority.AWAITED
    max_age = timedelta(hours=2)
    in_inbox = False

    def is_due(self) -> bool:
        """Whether the link still opens anything."""
        return super().is_due() and self.facts.link is not None and self.facts.link.is_usable

    def subject(self) -> str:
        """Say what is to do."""
        return _("Confirm your address for “%(title)s”", title=self.title)

    def letter(self) -> Letter:
        """One click, and until when; who stands in the waiting list or a draw has no place to keep."""
        kept = _("The place is kept until %(when)s.", when=format_moment(self.facts.link.expires_at))
        ignored = _("It was not you? Do nothing: without a click the place goes to somebody else.")
        until = format_moment(self.facts.link.expires_at)
        if self.signup.state == SignupState.REQUESTED:
            kept = _("Places are drawn: with this click you take part. You have until %(when)s.", when=until)
            ignored = _("It was not you? Do nothing.")
        if self.signup.state == SignupState.WAITING:
            kept = _("No place is free now: with this click you join the waiting list. You have until %(when)s.", when=until)
            ignored = _("It was not you? Do nothing.")
        return Letter(
            heading=_("One click and we know it is you"),
            paragraphs=(
                _("Somebody wrote this address to sign up for “%(title)s”. If it was you, confirm it.", title=self.title),
                kept,
            ),
            card=self.card(),
            button=self.action(_("Confirm the address"), f"/conferma/{self.facts.link.token}"),
            notes=(ignored,),
        )

    def reason(self) -> str:
        """The address came from a form."""
        return _("You receive this message because somebody wrote this address in a form.")


class SignupConfirmed(SignupMessage):
    """The place is theirs, with the meetings for their calendar."""

    kind = "signup_confirmed"
    category = Category.SIGNUP
    urgency = Urgency.CRITICAL
    priority = Priority.AWAITED
    can_switch_off = True
    states = frozenset({SignupState.CONFIRMED})

    def subject(self) -> str:
        """Say that there is a place; of minors no more than that there is news."""
        return super().subject() if self.is_for_minor else _("You have a place: %(title)s", title=self.title)

    def letter(self) -> Letter:
        """When, where, what to know, and how to leave."""
        details = self.signup.private_details
        return Letter(
            heading=self.own_or_guardian(_("You have a place"), _("%(name)s has a place", name=self.name)),
            paragraphs=(
                self.own_or_guardian(_("We look forward to seeing you."), _("You do not have to do anything else.")),
            ),
            card=self.card(),
            lines=self.further_meetings(),
            button=self.see(_("See the sign-up")),
            links=(self.leave(),),
            notes=(_("Good to know: %(text)s", text=details),) if details else (),
        )

    def calendar(self) -> list[CalendarPart]:
        """Return every meeting that is still to come."""
        return calendar.parts(self.facts, self.signup.upcoming(self.facts.now), calendar.REQUEST)


class SignupRequested(SignupMessage):
    """The organisation will answer."""

    kind = "signup_requested"
    category = Category.SIGNUP
    urgency = Urgency.CRITICAL
    can_switch_off = True
    states = frozenset({SignupState.REQUESTED})

    def letter(self) -> Letter:
        """What happens now."""
        return Letter(
            heading=_("We have passed the request on"),
            paragraphs=(
                _("%(organisation)s reads it and answers by mail. It is not a place yet.", organisation=self.organisation),
            ),
            card=self.card(),
            button=self.see(_("See the request")),
        )


class SignupWaiting(SignupMessage):
    """They stand in the waiting list."""

    kind = "signup_waiting"
    category = Category.SIGNUP
    urgency = Urgency.CRITICAL
    can_switch_off = True
    states = frozenset({SignupState.WAITING})

    def letter(self) -> Letter:
        """The position, and what happens when a place comes free."""
        number = self.signup.position or 1
        waits = _("%(name)s is in the waiting list", name=self.name)
        return Letter(
            heading=self.own_or_guardian(_("You are in the waiting list"), waits),
            paragraphs=(
                _("The position now is number %(num)s.", num=number),
                _("If a place comes free we write at once, and keep it for a while."),
            ),
            card=self.card(),
            button=self.see(_("See the waiting list")),
        )


class SignupDeclined(SignupMessage):
    """Kindly, and without the reason: that stays with the organisation."""

    kind = "signup_declined"
    category = Category.CHANGE
    states = frozenset({SignupState.DECLINED})

    def letter(self) -> Letter:
        """What else there is."""
        if self.facts.payload.get("by_guardian"):
            words = _("The authorisation for “%(title)s” was not given, so the place goes to somebody else.", title=self.title)
        else:
            words = _(
                "%(organisation)s could not accept the request for “%(title)s”.",
                organisation=self.organisation,
                title=self.title,
            )
        return Letter(
            heading=_("This time it did not work out"),
            paragraphs=(words, _("There are other things to do: have a look.")),
            button=self.others(),
        )


class SignupCancelled(SignupMessage):
    """The signup is over, by their own hand or the organisation's; the calendar entry goes."""

    kind = "signup_cancelled"
    category = Category.CHANGE
    urgency = Urgency.CRITICAL
    states = frozenset({SignupState.CANCELLED})

    def letter(self) -> Letter:
        """Thanks, or sorry."""
        contact = self.signup.contact
        if self.facts.payload.get("by_organisation"):
            words = _(
                "%(organisation)s cancelled the sign-up for “%(title)s”.", organisation=self.organisation, title=self.title
            )
            more = _("Questions? Ask here: %(contact)s", contact=contact) if contact else ""
        else:
            words = _("The sign-up for “%(title)s” is cancelled. Thank you for telling us.", title=self.title)
            more = _("The place goes to somebody else. You can sign up again as long as there are places.")
        return Letter(
            heading=_("The sign-up is cancelled"),
            paragraphs=tuple(text for text in (words, more) if text),
            button=self.action(_("Back to the activity"), f"/attivita/{self.signup.slug}"),
        )

    def calendar(self) -> list[CalendarPart]:
        """Return the end of every entry that may stand in the calendar."""
        if not self.facts.payload.get("was_confirmed"):
            return []
        return calendar.parts(self.facts, self.signup.upcoming(self.facts.now), calendar.CANCEL)


class SignupExpired(SignupMessage):
    """The guardian did not answer in time: a kind word and a way to begin again."""

    kind = "signup_expired"
    category = Category.CHANGE
    states = frozenset({SignupState.EXPIRED})

    def letter(self) -> Letter:
        """Nothing is lost."""
        kept = self.facts.payload.get("held_place", True)
        return Letter(
            heading=_("The time is over and the place was given back") if kept else _("The authorisation did not arrive in time"),
            paragraphs=(
                _("The authorisation for “%(title)s” did not arrive in time.", title=self.title),
                _("Nothing is lost: if there are places you can start again, with no penalty."),
            ),
            button=self.action(_("Start again"), f"/attivita/{self.signup.slug}"),
        )
