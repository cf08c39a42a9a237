"""The guardian's yes: asked, asked again, given."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.types import SignupState
from civic.kernel.i18n import _, format_moment
from civic.notifications.letters import Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category, Priority, Urgency


class AuthorisationAsked(SignupMessage):
    """To the guardian: read, and say yes or no."""

    kind = "authorisation_asked"
    category = Category.SIGNUP
    urgency = Urgency.CRITICAL
    priority = Priority.AWAITED
    max_age = timedelta(hours=72)
    in_inbox = False
    states = frozenset({SignupState.PENDING_GUARDIAN, SignupState.WAITING, SignupState.OFFERED, SignupState.CONFIRMED})

    def is_due(self) -> bool:
        """Whether this guardian is still the one who is asked, and the link still answers."""
        asked = self.signup.authorisation if self.signup else None
        if not super().is_due() or asked is None or asked["answer"] is not None:
            return False
        link = self.facts.link
        return asked["guardian_id"] == self.facts.recipient.id and link is not None and link.is_usable

    def subject(self) -> str:
        """Say what is asked, and for what; not for whom."""
        return _("Your authorisation is needed for “%(title)s”", title=self.title)

    def letter(self) -> Letter:
        """Who asks, what for, until when."""
        return Letter(
            heading=_("%(name)s needs your yes", name=self.name),
            paragraphs=(
                self._asks(),
                _("You can answer until %(when)s. No account is needed.", when=format_moment(self.facts.link.expires_at)),
            ),
            card=self.card(),
            lines=self.further_meetings(),
            button=self.action(_("Read and answer"), f"/autorizzazione/{self.facts.link.token}"),
            notes=(self._if_not_known(),),
        )

    def _asks(self) -> str:
        about = {"name": self.name, "title": self.title, "organisation": self.organisation}
        if self.signup.has_a_yes:
            return _(
                "%(name)s would like to take part in “%(title)s”, run by %(organisation)s. For this activity both parents must "
                "agree: the other one has said yes already.",
                **about,
            )
        if self.signup.school:
            return _(
                "%(school)s has kept a place for %(name)s in “%(title)s”, run by %(organisation)s. Under 18 a parent, or who "
                "has parental responsibility, must agree.",
                school=self.signup.school,
                **about,
            )
        return _(
            "%(name)s would like to take part in “%(title)s”, run by %(organisation)s. Under 18 a parent, or who "
            "has parental responsibility, must agree.",
            **about,
        )

    def _if_not_known(self) -> str:
        if self.signup.state == SignupState.CONFIRMED:
            return _("You do not know this person? Answer no.")
        return _("You do not know this person? Answer no, or do nothing: without your yes the sign-up ends by itself.")

    def reason(self) -> str:
        """The address came from the young person, or from the other parent."""
        if self.signup.has_a_yes:
            return _("You receive this message because your address was written as that of the other parent.")
        if self.signup.school:
            return _(
                "You receive this message because %(school)s wrote your address as that of a parent.", school=self.signup.school
            )
        return _("You receive this message because somebody under 18 wrote your address as that of a parent.")


class AuthorisationReminder(AuthorisationAsked):
    """To the guardian who has not answered yet."""

    kind = "authorisation_reminder"
    urgency = Urgency.NORMAL
    priority = Priority.PERSONAL

    def letter(self) -> Letter:
        """The same question, shorter."""
        until = format_moment(self.facts.link.expires_at)
        return Letter(
            heading=_("We are waiting for your answer"),
            paragraphs=(
                _("%(name)s has asked to take part in “%(title)s” and needs your yes.", name=self.name, title=self.title),
                self._until(until),
            ),
            card=self.card(),
            button=self.action(_("Read and answer"), f"/autorizzazione/{self.facts.link.token}"),
        )

    def _until(self, when: str) -> str:
        if self.signup.state == SignupState.CONFIRMED:
            return _("You can answer until %(when)s. No account is needed.", when=when)
        return _("You can answer until %(when)s. Then the place goes to somebody else.", when=when)


class SecondAsked(SignupMessage):
    """To the guardian who has said yes: whom we ask besides. Whoever is written to in their place is found out by this."""

    kind = "second_asked"
    category = Category.SIGNUP
    priority = Priority.PERSONAL
    states = AuthorisationAsked.states

    def is_due(self) -> bool:
        """Whether the other one is still asked, at an address."""
        asked = self.signup.authorisation if self.signup else None
        if not super().is_due() or asked is None or asked["answer"] is not None or not asked["email"]:
            return False
        return self.signup.has_a_yes and asked["guardian_id"] != self.facts.recipient.id

    def letter(self) -> Letter:
        """Which address, and what to do where it is not the other parent's."""
        return Letter(
            heading=_("Now we ask the other parent"),
            paragraphs=(
                _("Thank you for your yes to “%(title)s”. Here both parents must agree.", title=self.title),
                _("We have written to %(address)s.", address=self.signup.authorisation["email"]),
                _(
                    "Is that not the other parent's address? Take your yes back on the page of the sign-up, and tell "
                    "whoever runs it."
                ),
            ),
            card=self.card(),
            button=self.see(_("See the sign-up")),
        )


class AuthorisationMissing(SignupMessage):
    """To a young person who is not of age on the day: nobody is asked for the yes, and somebody must be."""

    kind = "authorisation_missing"
    tells_guardian = False
    category = Category.CHANGE
    urgency = Urgency.CRITICAL
    priority = Priority.PERSONAL
    max_age = timedelta(days=7)
    states = AuthorisationAsked.states

    def is_due(self) -> bool:
        """Whether nobody has been asked, or has said yes, meanwhile."""
        asked = self.signup.authorisation if self.signup else None
        return super().is_due() and self.signup.lacks_yes and (asked is None or asked["answer"] is not None)

    def letter(self) -> Letter:
        """Why, and what to do."""
        if self.signup.has_a_yes:
            return self._of_second()
        return Letter(
            heading=_("A parent must say yes"),
            paragraphs=(
                self._why(),
                _("On the page of the sign-up write the address of a parent, or of who has parental responsibility."),
            ),
            card=self.card(),
            button=self.see(_("Write the address")),
        )

    def _of_second(self) -> Letter:
        return Letter(
            heading=_("The other parent must say yes too"),
            paragraphs=(
                _("For “%(title)s” both parents must agree: one has said yes, the other has not answered.", title=self.title),
                _("On the page of the sign-up write the address of the other parent."),
            ),
            card=self.card(),
            button=self.see(_("Write the address")),
        )

    def _why(self) -> str:
        if self.signup.state == SignupState.CONFIRMED:
            return _("The place is yours, but on that day you are not yet 18: the yes of a parent is missing.")
        return _("On that day you are not yet 18: the yes of a parent is missing.")


class AuthorisationGranted(SignupMessage):
    """To the young person in the queue, whose guardian said yes; who has a place hears that instead."""

    kind = "authorisation_granted"
    tells_guardian = False
    category = Category.SIGNUP
    can_switch_off = True
    states = frozenset({SignupState.WAITING})

    def letter(self) -> Letter:
        """The yes is there, the place is not yet."""
        return Letter(
            heading=_("The authorisation has arrived"),
            paragraphs=(_("Now a place at “%(title)s” can be offered as soon as one comes free.", title=self.title),),
            card=self.card(),
            button=self.see(_("See the waiting list")),
        )
