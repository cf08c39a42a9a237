"""Organisations: verified or not, who is invited, and what coordinators hear about sign-ups."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.types import SignupState
from civic.kernel.i18n import _, format_moment
from civic.notifications.kinds import Message
from civic.notifications.letters import Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category, Priority


class _ToMembers(Message):
    """To those who answer for an organisation."""

    category = Category.ORGANISATION
    max_age = timedelta(days=7)
    state = ""

    def is_due(self) -> bool:
        """Whether the organisation still is in the state that is told."""
        return self.facts.organisation is not None and self.facts.organisation.state == self.state

    @property
    def name(self) -> str:
        """The name of the organisation, on one line."""
        return " ".join(self.facts.organisation.name.split())

    def reason(self) -> str:
        """They answer for the organisation."""
        return _("You receive this message because you answer for an organisation.")


class OrganisationVerified(_ToMembers):
    """The administration has verified the organisation: it can publish."""

    kind = "organisation_verified"
    state = "verified"

    def subject(self) -> str:
        """Say it."""
        return _("%(organisation)s is verified", organisation=self.name)

    def letter(self) -> Letter:
        """What can be done now."""
        return Letter(
            heading=_("The organisation is verified"),
            paragraphs=(_("%(organisation)s can publish activities from now on.", organisation=self.name),),
            button=self.action(_("Go to your desk"), "/gestione"),
        )


class OrganisationRejected(_ToMembers):
    """The administration could not verify the organisation, and says why."""

    kind = "organisation_rejected"
    state = "rejected"

    def subject(self) -> str:
        """Say what it is about."""
        return _("About the verification of %(organisation)s", organisation=self.name)

    def letter(self) -> Letter:
        """Why, and what to do."""
        words = [_("We could not verify %(organisation)s.", organisation=self.name)]
        if self.facts.organisation.state_reason:
            words.append(_("Why: %(reason)s", reason=self.facts.organisation.state_reason))
        words.append(_("Correct what is missing and ask again: what you wrote is kept."))
        return Letter(
            heading=_("Something is missing for the verification"),
            paragraphs=tuple(words),
            button=self.action(_("Go to your desk"), "/gestione"),
        )


class OrganisationSuspended(_ToMembers):
    """The administration has suspended the organisation, and says why."""

    kind = "organisation_suspended"
    state = "suspended"

    def subject(self) -> str:
        """Say it."""
        return _("%(organisation)s is suspended", organisation=self.name)

    def letter(self) -> Letter:
        """Why, and what it means."""
        words = [_("The administration has suspended %(organisation)s.", organisation=self.name)]
        if self.facts.organisation.state_reason:
            words.append(_("Why: %(reason)s", reason=self.facts.organisation.state_reason))
        words.append(_("Its activities are no longer public and nobody can sign up. Who has a place keeps it."))
        return Letter(
            heading=_("The organisation is suspended"),
            paragraphs=tuple(words),
            button=self.action(_("Go to your desk"), "/gestione"),
        )


class SuspensionLifted(_ToMembers):
    """The suspension of the organisation is over."""

    kind = "suspension_lifted"
    state = "verified"

    def subject(self) -> str:
        """Say it."""
        return _("%(organisation)s is public again", organisation=self.name)

    def letter(self) -> Letter:
        """What can be done now."""
        return Letter(
            heading=_("The suspension is lifted"),
            paragraphs=(_("What %(organisation)s had published is public again.", organisation=self.name),),
            button=self.action(_("Go to your desk"), "/gestione"),
        )


class OrganisationRegistered(_ToMembers):
    """To the administration: an organisation waits to be verified."""

    kind = "organisation_registered"
    state = "pending"
    can_switch_off = True

    def subject(self) -> str:
        """Say what is to do."""
        return _("An organisation is waiting to be verified")

    def letter(self) -> Letter:
        """Which one."""
        return Letter(
            heading=_("An organisation is waiting to be verified"),
            paragraphs=(_("%(organisation)s has registered and waits for your answer.", organisation=self.name),),
            button=self.action(_("See the organisation"), "/amministrazione"),
        )

    def reason(self) -> str:
        """They work for the administration."""
        return _("You receive this message because you verify organisations for the administration.")


class MemberInvited(Message):
    """To who is asked to join an organisation."""

    kind = "member_invited"
    category = Category.ACCOUNT
    priority = Priority.AWAITED
    max_age = timedelta(days=7)
    in_inbox = False

    def is_due(self) -> bool:
        """Whether the invitation still stands."""
        invitation, link = self.facts.invitation, self.facts.link
        if invitation is None or invitation.accepted_at or invitation.withdrawn_at:
            return False
        return link is not None and link.is_usable

    @property
    def organisation(self) -> str:
        """The name of the organisation, on one line."""
        return " ".join(self.facts.invitation.organisation_name.split())

    def subject(self) -> str:
        """Say who invites."""
        return _("%(organisation)s invites you", organisation=self.organisation)

    def letter(self) -> Letter:
        """As what, and until when."""
        return Letter(
            heading=_("%(organisation)s invites you", organisation=self.organisation),
            paragraphs=(
                _(
                    "You are invited to look after the activities of %(organisation)s on this site.",
                    organisation=self.organisation,
                ),
                _("The link is good until %(when)s.", when=format_moment(self.facts.link.expires_at)),
            ),
            button=self.action(_("See the invitation"), f"/invito/{self.facts.link.token}"),
            notes=(_("You do not know this organisation? Do nothing."),),
        )

    def reason(self) -> str:
        """A member wrote the address."""
        return _("You receive this message because an organisation wrote this address in an invitation.")


class _ToCoordinators(SignupMessage):
    """To the coordinators of an activity: no names, the page has them."""

    category = Category.ORGANISATION
    can_switch_off = True
    is_theirs = True

    def thread(self) -> None:
        """Each stands alone."""
        return None

    def reason(self) -> str:
        """They answer for the activity."""
        return _("You receive this message because you coordinate activities of an organisation.")


class RequestReceived(_ToCoordinators):
    """Somebody asks for a place and waits for a yes."""

    kind = "request_received"
    folds = True
    states = frozenset({SignupState.REQUESTED})

    def subject(self) -> str:
        """Say what is to do."""
        return _("A request to answer: %(title)s", title=self.title)

    def letter(self) -> Letter:
        """Answer it."""
        return Letter(
            heading=_("Somebody would like to take part"),
            paragraphs=(_("There is a new request for “%(title)s”. Who asked waits for your answer.", title=self.title),),
            card=self.card(),
            button=self.action(_("See the requests"), "/gestione"),
        )


class SignupRefused(_ToCoordinators):
    """A guardian said no: the place goes on."""

    kind = "signup_refused"
    folds = True
    states = frozenset({SignupState.DECLINED})

    def letter(self) -> Letter:
        """Who comes has changed."""
        return Letter(
            heading=_("An authorisation was refused"),
            paragraphs=(
                _("For “%(title)s” an authorisation was refused. If somebody waits, the place goes to them.", title=self.title),
            ),
            card=self.card(),
            button=self.action(_("Go to your desk"), "/gestione"),
        )


class PlaceFreeAgain(_ToCoordinators):
    """A place came free near the start: those who wait were told."""

    kind = "place_free_again"
    priority = Priority.AWAITED

    def is_due(self) -> bool:
        """Whether the place is still free."""
        return super().is_due() and self.signup.has_place_to_take(self.facts.now)

    def subject(self) -> str:
        """Say what it is about: it is a matter of hours."""
        return _("A place has come free: %(title)s", title=self.title)

    def letter(self) -> Letter:
        """What we have done about it."""
        return Letter(
            heading=_("A place has come free at the last moment"),
            paragraphs=(_("We have told everybody in the waiting list: the first who takes the place has it."),),
            card=self.card(),
            button=self.action(_("Go to your desk"), "/gestione"),
        )
