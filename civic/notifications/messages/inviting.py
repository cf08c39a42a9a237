"""To volunteers who would fit a shift that lacks people."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.rules import last_moment
from civic.kernel.i18n import _, format_moment, ngettext
from civic.notifications.letters import Card, Letter
from civic.notifications.messages.coordinating import OpeningMessage
from civic.notifications.types import Category, Priority


class ShiftInvitation(OpeningMessage):
    """A shift lacks people: what, when, where, and that nobody has to do anything."""

    kind = "shift_invitation"
    category = Category.UPDATE
    priority = Priority.MANY
    max_age = timedelta(hours=48)
    can_switch_off = True

    @property
    def is_theirs(self) -> bool:
        """Whether people are missing still, and the recipient has not signed up for the shift: then there is nothing to ask."""
        return self.opening is not None and self.opening.missing > 0 and self.facts.recipient.id not in self.opening.answered

    def is_due(self) -> bool:
        """Whether it asks something still, and one can sign up."""
        if not (self.is_theirs and super().is_due()):
            return False
        return self.facts.now < last_moment(self.opening.signup_closes_at, self.opening.starts_at)

    def subject(self) -> str:
        """Ask, and say for what."""
        return _("Can you lend a hand? %(title)s", title=self.title)

    def letter(self) -> Letter:
        """Who asks, how many are missing, when and where."""
        opening = self.opening
        organisation = " ".join(opening.organisation_name.split())
        missing = ngettext(
            "%(organisation)s still looks for %(num)s person for this shift. You have lent a hand before.",
            "%(organisation)s still looks for %(num)s people for this shift. You have lent a hand before.",
            opening.missing,
            organisation=organisation,
        )
        closes = opening.signup_closes_at
        until = (_("One can sign up until %(when)s.", when=format_moment(closes)),) if closes else ()
        place = opening.place or _("Place to be announced")
        return Letter(
            heading=_("Can you lend a hand?"),
            paragraphs=(missing, *until),
            card=Card(opening.starts_at, self.title, place, organisation, opening.meets_at),
            button=self.action(_("See the shift and sign up"), f"/attivita/{opening.activity_slug}"),
            notes=(_("If you cannot, you do not have to do anything: nobody expects an answer."),),
        )

    def reason(self) -> str:
        """They asked for it, and were volunteers there."""
        return _(
            "You receive this message because you asked us to write to you when volunteers are missing, and volunteered "
            "with this organisation in the last twelve months."
        )
