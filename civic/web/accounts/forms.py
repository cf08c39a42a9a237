"""Forms of accounts: short, with what the browser may fill in said in words it knows."""

from __future__ import annotations

from collections.abc import Callable

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from civic.accounts import passwords, rules
from civic.kernel import clock
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _
from civic.web.fields import EMAIL, DayPartsField
from civic.web.forms import SubmitForm

NEEDED = N_("This is needed to go on.")
NAME = Length(max=80, message=N_("At most 80 characters."))
ADDRESS_LENGTH = Length(max=254, message=N_("At most 254 characters."))
PASSWORD_HINT = N_("At least 10 characters: three words in a row do well.")
_PASSWORD_LENGTH = Length(max=passwords.LONGEST, message=N_("At most 200 characters."))


def new_password_field(label: str) -> PasswordField:
    """Return a field for a password to be chosen; rules say what is wrong with it."""
    return PasswordField(
        label,
        validators=[InputRequired(N_("Choose a password.")), _PASSWORD_LENGTH],
        description=PASSWORD_HINT,
        render_kw={"autocomplete": "new-password"},
    )


def present_password_field(label: str) -> PasswordField:
    """Return a field for the password one has."""
    return PasswordField(
        label,
        validators=[InputRequired(N_("Write your password.")), _PASSWORD_LENGTH],
        render_kw={"autocomplete": "current-password"},
    )


def code_field(hint: str = "") -> StringField:
    """Return a field for the six digits of an authenticator."""
    return StringField(
        N_("The six digits that the app shows now"),
        description=hint,
        validators=[InputRequired(N_("Write the six digits.")), Length(max=12, message=N_("Write the six digits."))],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class SignInForm(SubmitForm):
    """Address and password; nothing says beforehand what they look like."""

    email = EmailField(
        N_("E-mail address"),
        validators=[InputRequired(N_("Write your e-mail address.")), ADDRESS_LENGTH],
        render_kw={"autocomplete": "username"},
    )
    password = present_password_field(N_("Password"))


class RegisterForm(SubmitForm):
    """What an account needs, and not more."""

    given_name = StringField(N_("Name"), validators=[InputRequired(NEEDED), NAME], render_kw={"autocomplete": "given-name"})
    family_name = StringField(
        N_("Family name"), validators=[InputRequired(NEEDED), NAME], render_kw={"autocomplete": "family-name"}
    )
    birth_on = DayPartsField(
        N_("Date of birth"),
        validators=[InputRequired(N_("Write day, month and year."))],
        description=N_("For example 26 11 2010. With your own account you can sign up from the age of 14."),
    )
    email = EmailField(
        N_("Your e-mail address"),
        validators=[InputRequired(NEEDED), EMAIL, ADDRESS_LENGTH],
        description=N_("We send you a link to confirm it."),
        render_kw={"autocomplete": "email"},
    )
    email_checked = HiddenField()
    password = new_password_field(N_("Choose a password"))
    consent = BooleanField(
        N_("I have read how my data are used and I agree"),
        validators=[InputRequired(N_("Without this we cannot open an account for you."))],
    )


    def validate_birth_on(self, field: DayPartsField) -> None:
        """Say at once, with whatever else is wrong, who is too young for an account."""
        if field.data is not None:
            _obey(rules.check_birth_date, field.data, clock.today())
            _obey(rules.check_may_have_account, field.data, clock.today())

    def validate_password(self, field: PasswordField) -> None:
        """Say at once what is wrong with the password."""
        _obey(passwords.check_password, field.data, self.email.data or "")


def _obey(check: Callable, *values: object) -> None:
    try:
        check(*values)
    except DomainError as error:
        raise ValidationError(_(error.message, **error.values)) from None


class ConfirmForm(SubmitForm):
    """A button; and the password where another browser registered."""

    password = PasswordField(
        N_("The password you chose when registering"), render_kw={"autocomplete": "current-password"}
    )


class ForgottenForm(SubmitForm):
    """Where to send the link."""

    email = EmailField(
        N_("Your e-mail address"), validators=[InputRequired(NEEDED), EMAIL, ADDRESS_LENGTH], render_kw={"autocomplete": "email"}
    )


class ResetForm(SubmitForm):
    """A new password."""

    password = new_password_field(N_("New password"))


class CodeForm(SubmitForm):
    """The code of the moment, or one of those kept on paper."""

    code = code_field(N_("Without your phone: one of the recovery codes you kept."))


class EnrolForm(SubmitForm):
    """The first code of a new authenticator; the password besides, where signing in was a while ago."""

    code = code_field()
    password = PasswordField(N_("Your password"), render_kw={"autocomplete": "current-password"})


class ActForm(SubmitForm):
    """A button and nothing else."""
