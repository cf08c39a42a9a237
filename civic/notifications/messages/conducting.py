"""What minors need of the adults who conduct them: to who answers for an organisation, and to who watches over minors."""

from __future__ import annotations

from datetime import timedelta

from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import _, format_day
from civic.notifications.kinds import Message
from civic.notifications.letters import Letter
from civic.notifications.types import Category


class _ToWhoDeclares(Message):
    """How it stands with certificates: for nobody but the owners and coordinators of the moment."""

    category = Category.ORGANISATION
    max_age = timedelta(days=7)
    can_switch_off = True

    @property
    def is_theirs(self) -> bool:
        """Whether the recipient still writes for the organisation."""
        return self.facts.adults is not None and self.facts.recipient.id in self.facts.adults.editors

    def reason(self) -> str:
        """They answer for the organisation."""
        return _("You receive this message because you answer for an organisation.")


class DeclarationEnds(_ToWhoDeclares):
    """The certificate of somebody who conducts minors is soon to end."""

    kind = "declaration_ends"

    def is_due(self) -> bool:
        """Whether nothing newer was declared, and the person still conducts minors."""
        now = self.facts.now
        if self.facts.adults is None:
            return False
        row = self.facts.adults.declaration
        if not row.is_last or row.conducts_until is None:
            return False
        return row.conducts_until > now and row.valid_until >= clock.to_rome(now).date()

    @property
    def organisation(self) -> str:
        """The name of the organisation, on one line."""
        return " ".join(self.facts.adults.declaration.organisation_name.split())

    @property
    def day(self) -> str:
        """The last day on which it is good, in words."""
        return format_day(self.facts.adults.declaration.valid_until)

    def subject(self) -> str:
        """Say when; whose it is stands in the letter."""
        return _("A certificate ends on %(day)s: %(organisation)s", day=self.day, organisation=self.organisation)

    def letter(self) -> Letter:
        """Whose, and what to do."""
        row = self.facts.adults.declaration
        return Letter(
            heading=_("A certificate ends soon"),
            paragraphs=(
                _("The certificate of %(name)s for work with minors ends on %(day)s.", name=row.name, day=self.day),
                _("To go on conducting workshops for minors a new one is needed: ask for it, look at it and declare it."),
            ),
            button=self.action(_("Declare it"), f"/gestione/{row.organisation_slug}/persone/{row.person_public_id}/certificato"),
        )


class FacilitatorLeft(_ToWhoDeclares):
    """Who conducted a public workshop for minors has left the organisation, and something is missing now."""

    kind = "facilitator_left"

    def missing(self) -> tuple[RuleBroken, ...]:
        """What the workshop lacks."""
        return self.facts.adults.conducted.missing(clock.to_rome(self.facts.now).date())

    def is_due(self) -> bool:
        """Whether the workshop is public and to come, and lacks something still."""
        if self.facts.adults is None:
            return False
        one = self.facts.adults.conducted
        is_coming = one.state == "published" and one.ends_at is not None and one.ends_at > self.facts.now
        return is_coming and bool(self.missing())

    @property
    def title(self) -> str:
        """The title of the workshop, on one line."""
        return " ".join(self.facts.adults.conducted.title.split())

    def subject(self) -> str:
        """Say which workshop it is about."""
        return _("Somebody who conducts has left: %(title)s", title=self.title)

    def letter(self) -> Letter:
        """What is missing now, and the way to put it right."""
        one = self.facts.adults.conducted
        return Letter(
            heading=_("Somebody who conducts has left"),
            paragraphs=(
                _(
                    "Somebody who conducted “%(title)s” no longer acts for %(organisation)s.",
                    title=self.title,
                    organisation=self.organisation,
                ),
                _("Sign-ups go on as they are. This is missing now:"),
            ),
            lines=tuple(_(said.message, **said.values) for said in self.missing()),
            button=self.action(_("Say who conducts it"), f"/gestione/{one.organisation_slug}/attivita/{one.public_id}"),
        )

    @property
    def organisation(self) -> str:
        """The name of the organisation, on one line."""
        return " ".join(self.facts.adults.conducted.organisation_name.split())


class DeclarationToLookAt(Message):
    """To the safeguarding officer: something was declared that asks for a look. What it was stands on the page alone."""

    kind = "declaration_to_look_at"
    category = Category.ORGANISATION
    max_age = timedelta(days=7)

    @property
    def is_theirs(self) -> bool:
        """Whether the recipient still watches over minors."""
        return self.facts.adults is not None and self.facts.recipient.id in self.facts.adults.officers

    def is_due(self) -> bool:
        """What was declared stays declared."""
        return self.facts.adults is not None

    def reason(self) -> str:
        """They watch over minors."""
        return _("You receive this message because you are responsible for the protection of minors.")

    @property
    def organisation(self) -> str:
        """The name of the organisation, on one line."""
        return " ".join(self.facts.adults.declaration.organisation_name.split())

    def subject(self) -> str:
        """Say that there is something to look at, and not what."""
        return _("A declaration to look at: %(organisation)s", organisation=self.organisation)

    def letter(self) -> Letter:
        """Whose declaration it is, and where to look."""
        return Letter(
            heading=_("A declaration to look at"),
            paragraphs=(
                _("%(organisation)s has declared something about an adult that you should see.", organisation=self.organisation),
                _("For the respect due to the person it is not written here: you find it on your page."),
            ),
            button=self.action(_("Look at it"), "/amministrazione/tutela"),
        )
