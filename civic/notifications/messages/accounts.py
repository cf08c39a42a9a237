"""Accounts: confirm the address, a second registration, a new password, and that it was changed."""

from __future__ import annotations

from datetime import timedelta

from civic.kernel.i18n import _, format_moment
from civic.notifications.kinds import Message
from civic.notifications.letters import Letter
from civic.notifications.types import Category, Priority, Urgency


class _AccountMessage(Message):
    """Somebody waits for it, it cannot be switched off, and it is not kept in the inbox."""

    category = Category.ACCOUNT
    urgency = Urgency.CRITICAL
    priority = Priority.AWAITED
    max_age = timedelta(hours=24)
    in_inbox = False
    tries_rested = True

    def is_due(self) -> bool:
        """Whether there is still an account to write about."""
        return True

    def reason(self) -> str:
        """It is about their own account."""
        return _("You receive this message because it is about the account with this address.")


class _LinkMessage(_AccountMessage):
    """An account message whose link does the work."""

    def is_due(self) -> bool:
        """Whether the link still opens anything."""
        return self.facts.link is not None and self.facts.link.is_usable

    def until(self) -> str:
        """Return until when the link is good."""
        return format_moment(self.facts.link.expires_at)


class ConfirmAccount(_LinkMessage):
    """To who has just registered."""

    kind = "confirm_account"

    def subject(self) -> str:
        """Say what is to do."""
        return _("Confirm your address")

    def letter(self) -> Letter:
        """One click."""
        return Letter(
            heading=_("Welcome! One last click"),
            paragraphs=(
                _("Confirm that this address is yours, and your account is ready."),
                _("The link is good until %(when)s.", when=self.until()),
            ),
            button=self.action(_("Confirm the address"), f"/registrazione/{self.facts.link.token}"),
            notes=(_("You did not register? Do nothing: without a click there is no account."),),
        )

    def reason(self) -> str:
        """The address came from a form."""
        return _("You receive this message because somebody wrote this address in a form.")


class AccountExists(_AccountMessage):
    """Somebody registered with an address that has an account: only the mailbox is told, never the page."""

    kind = "account_exists"

    def subject(self) -> str:
        """Say it plainly."""
        return _("You already have an account")

    def letter(self) -> Letter:
        """Sign in, or ask for a new password."""
        return Letter(
            heading=_("You already have an account"),
            paragraphs=(
                _("Somebody has just tried to register with this address, which already has an account."),
                _("If it was you, sign in. If you do not remember the password, ask for a new one."),
            ),
            button=self.action(_("Sign in"), "/accedi"),
            links=(self.action(_("Ask for a new password"), "/password"),),
            notes=(_("It was not you? Nothing has changed, and you need not do anything."),),
        )


class PasswordReset(_LinkMessage):
    """To who forgot the password."""

    kind = "password_reset"
    max_age = timedelta(minutes=30)

    def subject(self) -> str:
        """Say what it is."""
        return _("Choose a new password")

    def letter(self) -> Letter:
        """One link, for a short while."""
        return Letter(
            heading=_("Choose a new password"),
            paragraphs=(
                _("You asked for a new password: this link lets you choose it, once."),
                _("The link is good until %(when)s.", when=self.until()),
            ),
            button=self.action(_("Choose a new password"), f"/password/{self.facts.link.token}"),
            notes=(_("It was not you? Do nothing: the password stays as it is."),),
        )


class PasswordChanged(_AccountMessage):
    """To whose password has changed, so that a thief is noticed."""

    kind = "password_changed"

    def subject(self) -> str:
        """Say it plainly."""
        return _("Your password has changed")

    def letter(self) -> Letter:
        """What to do if it was somebody else."""
        return Letter(
            heading=_("Your password has changed"),
            paragraphs=(
                _("The password of your account was changed, and every other device was signed out."),
                _("If it was you, all is well. If not, choose a new one at once."),
            ),
            button=self.action(_("Ask for a new password"), "/password"),
        )


class AddressChange(_LinkMessage):
    """To the address that an account is to have from now on."""

    kind = "address_change"

    def subject(self) -> str:
        """Say what is to do."""
        return _("Confirm the new address")

    def letter(self) -> Letter:
        """One click."""
        return Letter(
            heading=_("Confirm the new address"),
            paragraphs=(
                _("An account asks to have this address from now on. Confirm that it is yours."),
                _("The link is good until %(when)s.", when=self.until()),
            ),
            button=self.action(_("Confirm the address"), f"/area-personale/indirizzo/{self.facts.link.token}"),
            notes=(_("You know nothing of it? Do nothing: without a click nothing changes."),),
        )

    def reason(self) -> str:
        """The address came from a form."""
        return _("You receive this message because somebody wrote this address in a form.")


class AddressChanged(_AccountMessage):
    """To the address that an account had until now, so that a thief is noticed."""

    kind = "address_changed"

    def subject(self) -> str:
        """Say it plainly."""
        return _("The address of your account has changed")

    def letter(self) -> Letter:
        """What to do if it was somebody else."""
        return Letter(
            heading=_("The address of your account has changed"),
            paragraphs=(
                _("From now on one signs in with another address, and our messages go there."),
                _("If it was you, all is well. If not, answer this message at once."),
            ),
        )


class AuthenticatorReset(_AccountMessage):
    """To whose authenticator an administrator has put away, so that a thief who asked for it is noticed."""

    kind = "authenticator_reset"

    def subject(self) -> str:
        """Say it plainly."""
        return _("Your authenticator was put away")

    def letter(self) -> Letter:
        """What comes next, and what to do if nobody asked for it."""
        return Letter(
            heading=_("Your authenticator was put away"),
            paragraphs=(
                _("An administrator did it because you lost the phone. Sign in with the password and begin with a new one."),
                _("If it was not you who asked, choose a new password at once and answer this message."),
            ),
            button=self.action(_("Sign in"), "/accedi"),
            links=(self.action(_("Ask for a new password"), "/password"),),
        )
