"""That what a family entrusted has changed."""

from __future__ import annotations

from civic.kernel.i18n import _
from civic.notifications.letters import Action, Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category


class CollectionChanged(SignupMessage):
    """Who may collect a child was written anew: it cannot be switched off, because it is about who takes a child home."""

    kind = "collection_changed"
    category = Category.CHANGE

    def letter(self) -> Letter:
        """That it changed, and where it is read; names and numbers are in no mail."""
        contact = " ".join(self.signup.contact.split())
        return Letter(
            heading=self.own_or_guardian(
                _("How you go home was changed"), _("How %(name)s goes home was changed", name=self.name)
            ),
            paragraphs=(
                _("It is about “%(title)s”: who may come and collect, and who may leave alone.", title=self.title),
                _("If the change is yours, all is well. If not, or if you do not agree, look at it now and call who runs it."),
            ),
            button=Action(_("See what is written"), f"{self._url}/altro"),
            notes=(_("To reach them: %(contact)s", contact=contact),) if contact else (),
        )


class HealthDeleted(SignupMessage):
    """What they had written about health was deleted, because it is no longer asked; what it said is in no mail."""

    kind = "health_deleted"
    category = Category.CHANGE

    def letter(self) -> Letter:
        """That it is gone, and that there is nothing to do."""
        return Letter(
            heading=_("What you wrote about health is deleted"),
            paragraphs=(
                _("“%(title)s” does not ask about health any more.", title=self.title),
                _("Your note is gone and your consent to it has ended. Whoever should know something: call who runs it."),
            ),
            button=self.see(_("See the sign-up")),
        )
