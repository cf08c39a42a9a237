"""The draw: taking part, another moment, and the waiting list that comes of it."""

from __future__ import annotations

from civic.activities.types import SignupState
from civic.kernel.i18n import _, format_moment
from civic.notifications.letters import Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category, Urgency


class _BeforeDraw(SignupMessage):
    """Of use as long as the draw is to come."""

    category = Category.SIGNUP
    states = frozenset({SignupState.REQUESTED})

    def is_due(self) -> bool:
        """Whether they still take part and the draw is to come."""
        return super().is_due() and self.signup.draw_at is not None

    @property
    def when(self) -> str:
        """The moment of the draw, in words."""
        return format_moment(self.signup.draw_at)

    @property
    def code(self) -> str:
        """The sentence with the code that stands for them in the draw."""
        return self.own_or_guardian(
            _("Your code in the draw is %(code)s: no name stands there.", code=self.signup.draw_code),
            _("The code of %(name)s in the draw is %(code)s: no name stands there.", name=self.name, code=self.signup.draw_code),
        )


class DrawEntered(_BeforeDraw):
    """They take part in the draw: when, and under which code."""

    kind = "draw_entered"
    urgency = Urgency.CRITICAL
    can_switch_off = True

    def letter(self) -> Letter:
        """What happens now."""
        return Letter(
            heading=self.own_or_guardian(_("You take part in the draw"), _("%(name)s takes part in the draw", name=self.name)),
            paragraphs=(
                _(
                    "Places are drawn on %(when)s among all who sign up until then: it does not matter who came first.",
                    when=self.when,
                ),
                _("After the draw we write to say whether there is a place, or the position in the waiting list."),
                self.code,
            ),
            card=self.card(),
            button=self.see(_("See the sign-up")),
        )


class DrawMoved(_BeforeDraw):
    """The draw is put off."""

    kind = "draw_moved"
    urgency = Urgency.CRITICAL

    def subject(self) -> str:
        """Say that something changed."""
        return _("Changed: “%(title)s”", title=self.title)

    def letter(self) -> Letter:
        """The new moment; nothing else changes."""
        return Letter(
            heading=_("The draw is put off"),
            paragraphs=(
                _("The places at “%(title)s” are drawn on %(when)s.", title=self.title, when=self.when),
                _("You do not have to do anything: the sign-up stays in the draw."),
                self.code,
            ),
            card=self.card(),
            button=self.see(_("See the sign-up")),
        )


class DrawnToWait(SignupMessage):
    """The draw gave no place: the position in the waiting list, and where anybody can check the order."""

    kind = "drawn_to_wait"
    category = Category.SIGNUP
    urgency = Urgency.CRITICAL
    can_switch_off = True
    states = frozenset({SignupState.WAITING})

    def letter(self) -> Letter:
        """Sorry, where they stand, and what can still happen."""
        return Letter(
            heading=self.own_or_guardian(
                _("The draw was held: you are in the waiting list"),
                _("The draw was held: %(name)s is in the waiting list", name=self.name),
            ),
            paragraphs=(
                _("There were not enough places for all. The position now is number %(num)s.", num=self.signup.position or 1),
                _("If a place comes free we write at once, and keep it for a while."),
            ),
            card=self.card(),
            button=self.see(_("See the waiting list")),
            links=(self.action(_("See how the draw went"), f"/attivita/{self.signup.slug}/estrazione"),),
        )
