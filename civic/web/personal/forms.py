"""Forms of the personal area."""

from __future__ import annotations

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from civic.accounts.types import Relationship
from civic.kernel.i18n import N_
from civic.web.accounts.forms import (
    ADDRESS_LENGTH,
    EMAIL,
    NAME,
    NEEDED,
    ActForm,
    code_field,
    new_password_field,
    present_password_field,
)
from civic.web.fields import DayPartsField
from civic.web.forms import SubmitForm

__all__ = ["ActForm"]

RELATIONSHIPS = {
    Relationship.PARENT: N_("I am a parent"),
    Relationship.TUTOR: N_("I am the legal guardian"),
    Relationship.FOSTER_CARER: N_("I am the foster carer"),
}


class DetailsForm(SubmitForm):
    """One's own data, but for what is proved elsewhere (the address) and what ages depend on (the date of birth)."""

    given_name = StringField(N_("Name"), validators=[InputRequired(NEEDED), NAME], render_kw={"autocomplete": "given-name"})
    family_name = StringField(
        N_("Family name"), validators=[InputRequired(NEEDED), NAME], render_kw={"autocomplete": "family-name"}
    )
    phone = StringField(
        N_("Telephone"),
        validators=[Length(max=40, message=N_("At most 40 characters."))],
        description=N_("For last-minute changes, and where an activity calls who says yes for a child."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    language = RadioField(
        N_("In which language shall we write to you?"),
        choices=[SelectChoice("it", N_("Italian")), SelectChoice("en", N_("English"))],
        validators=[InputRequired(N_("Choose one."))],
    )


class AddressForm(SubmitForm):
    """Another address, against the password."""

    email = EmailField(
        N_("New e-mail address"),
        validators=[InputRequired(NEEDED), EMAIL, ADDRESS_LENGTH],
        description=N_("We send a link there. Until it is opened the present address stays."),
        render_kw={"autocomplete": "email"},
    )
    email_checked = HiddenField()
    password = present_password_field(N_("Your password"))


class DownloadForm(SubmitForm):
    """A button; and the password where signing in was a while ago."""

    password = PasswordField(N_("Your password"), render_kw={"autocomplete": "current-password"})


class ChildDataForm(SubmitForm):
    """Who the child is."""

    given_name = StringField(N_("Name of the child"), validators=[InputRequired(NEEDED), NAME], render_kw={"autocomplete": "off"})
    family_name = StringField(
        N_("Family name of the child"), validators=[InputRequired(NEEDED), NAME], render_kw={"autocomplete": "off"}
    )
    birth_on = DayPartsField(
        N_("Date of birth"),
        validators=[InputRequired(N_("Write day, month and year."))],
        description=N_("For example 26 11 2015"),
    )


class ChildForm(ChildDataForm):
    """Who the child is, why the adult answers for it, and the consent to its data."""

    relationship = RadioField(
        N_("Why do you answer for this child?"),
        choices=[SelectChoice(one.value, label) for one, label in RELATIONSHIPS.items()],
        validators=[InputRequired(N_("Choose one."))],
    )
    consent = BooleanField(
        N_("I have read how the data are used and I agree"),
        validators=[InputRequired(N_("Without this we cannot add the child."))],
    )


class PasswordForm(SubmitForm):
    """The password one has, and the one to come."""

    old_password = present_password_field(N_("Present password"))
    new_password = new_password_field(N_("New password"))


class EndCodeForm(SubmitForm):
    """One last code."""

    code = code_field()


class RenewCodesForm(SubmitForm):
    """A code of the moment, against ten fresh ones for a lost phone."""

    current_code = code_field()
