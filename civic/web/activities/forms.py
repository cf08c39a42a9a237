"""Forms of signing up: as few questions as the person's age allows."""

from __future__ import annotations

from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectChoice, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from civic.activities.services.second_guardian import Second
from civic.kernel.i18n import N_
from civic.web.activities.texts import ALONE
from civic.web.fields import EMAIL, DayPartsField
from civic.web.forms import SubmitForm

_REQUIRED = N_("This is needed to go on.")
_NAME = Length(max=80, message=N_("At most 80 characters."))


class WhoForm(SubmitForm):
    """Screen one for who is not signed in: what place, who comes, born when."""

    opening = RadioField(N_("What would you like to do?"), validators=[InputRequired(N_("Choose one."))])
    who = RadioField(
        N_("Who comes?"),
        choices=[
            SelectChoice("me", N_("Me")),
            SelectChoice("child", N_("My son or daughter, or a child I am responsible for")),
        ],
        validators=[InputRequired(N_("Choose one."))],
    )
    birth_on = DayPartsField(
        N_("Date of birth of who comes"),
        validators=[InputRequired(N_("Write day, month and year."))],
        description=N_("For example 26 11 2010"),
    )


class _DetailsForm(SubmitForm):
    """What every second screen carries along from the first."""

    opening = HiddenField()
    who = HiddenField()
    birth_on = HiddenField()
    step = HiddenField(default="details")
    joins_queue = BooleanField(N_("If it is full, put me in the waiting list"))


class AdultForm(_DetailsForm):
    """Who is of age: name, address, consent."""

    given_name = StringField(N_("Name"), validators=[InputRequired(_REQUIRED), _NAME])
    family_name = StringField(N_("Family name"), validators=[InputRequired(_REQUIRED), _NAME])
    email = EmailField(
        N_("Your e-mail address"),
        validators=[InputRequired(_REQUIRED), EMAIL],
        description=N_("We send you a link to confirm your place."),
    )
    consent = BooleanField(
        N_("I have read how my data are used and I agree"), validators=[InputRequired(N_("Without this we cannot sign you up."))]
    )


class ConfidedForm(AdultForm):
    """From 14 to 17, for counselling: nobody at home is asked, so that the address must be theirs alone."""

    email = EmailField(
        N_("An e-mail address that only you read"),
        validators=[InputRequired(_REQUIRED), EMAIL],
        description=N_("Not one of your parents or of the family: we send you a link to confirm your place."),
    )


class YoungForm(AdultForm):
    """From 14 to 17: their own consent, and a guardian to ask."""

    guardian_email = EmailField(
        N_("E-mail address of a parent, or of who is responsible for you"),
        validators=[InputRequired(_REQUIRED), EMAIL],
        description=N_("They get a link to say yes."),
    )


class ChildForm(_DetailsForm):
    """Under 14, alone at the screen: a first name and a guardian to ask; nothing else is kept until they answer."""

    given_name = StringField(N_("Your first name"), validators=[InputRequired(_REQUIRED), _NAME])
    guardian_email = EmailField(
        N_("E-mail address of a parent, or of who is responsible for you"),
        validators=[InputRequired(_REQUIRED), EMAIL],
        description=N_("They get a link to say yes. Few places wait for a parent: the sooner they answer, the better."),
    )


class ParentForm(_DetailsForm):
    """Who enrols a child: both names, one address, the authorisation given on the spot."""

    child_given_name = StringField(N_("Name of the child"), validators=[InputRequired(_REQUIRED), _NAME])
    child_family_name = StringField(N_("Family name of the child"), validators=[InputRequired(_REQUIRED), _NAME])
    given_name = StringField(N_("Your name"), validators=[InputRequired(_REQUIRED), _NAME])
    family_name = StringField(N_("Your family name"), validators=[InputRequired(_REQUIRED), _NAME])
    email = EmailField(
        N_("Your e-mail address"),
        validators=[InputRequired(_REQUIRED), EMAIL],
        description=N_("We send you a link to confirm the place."),
    )
    is_responsible = BooleanField(
        N_("I am an adult with parental responsibility, and the other parent agrees if there is one"),
        validators=[InputRequired(N_("Tick the box: only who has parental responsibility can authorise."))],
    )
    authorises = BooleanField(
        N_("I authorise my child to take part in this activity"),
        validators=[InputRequired(N_("Without this the place cannot be given."))],
    )
    consent = BooleanField(
        N_("I have read how our data are used and I agree"), validators=[InputRequired(N_("Without this we cannot sign you up."))]
    )


class SecondFields:
    """Who else must say yes, where both guardians are asked. The rules judge what was written."""

    second_email = EmailField(
        N_("E-mail address of the other parent"),
        validators=[Optional(), EMAIL],
        description=N_("They get a link to say yes as well."),
    )
    is_sole = BooleanField(ALONE)

    def second(self, text: str = "") -> Second:
        """Return what was said of the other guardian; `text` is the authorisation with it."""
        return Second(self.second_email.data or "", self.is_sole.data, text)


class CalledFields:
    """The number of who says yes, where the activity calls them. The rules judge what was written."""

    phone = TelField(N_("Your telephone number"), [Length(max=40, message=N_("At most 40 characters."))])


class SignedInForm(SecondFields, CalledFields, SubmitForm):
    """One screen for who is signed in: what place, for whom, and who must say yes. The rules judge what was chosen."""

    opening = RadioField(
        N_("What would you like to do?"), choices=[], validators=[InputRequired(N_("Choose one."))], validate_choice=False
    )
    person = RadioField(N_("Who comes?"), choices=[], validators=[InputRequired(N_("Choose one."))], validate_choice=False)
    guardian_email = EmailField(
        N_("E-mail address of a parent, or of who is responsible for you"),
        validators=[Optional(), EMAIL],
        description=N_("They get a link to say yes."),
    )
    is_responsible = BooleanField(N_("I am an adult with parental responsibility, and the other parent agrees if there is one"))
    authorises = BooleanField(N_("I authorise my child to take part in this activity"))
    joins_queue = BooleanField(N_("If it is full, put me in the waiting list"))


class ConfirmForm(SecondFields, CalledFields, SubmitForm):
    """A click; where both guardians are asked, who the other one is; where they are called, the number."""


class AuthorisationForm(SecondFields, CalledFields, SubmitForm):
    """What the guardian answers through the link."""

    name = StringField(N_("Your name and family name"), validators=[InputRequired(N_("Write your name and family name.")), _NAME])
    email = EmailField(
        N_("Your e-mail address"), validators=[Optional(), EMAIL], description=N_("If day or place change we write to you there.")
    )
    is_responsible = BooleanField(
        N_("I am an adult with parental responsibility, and the other parent agrees if there is one"),
        validators=[InputRequired(N_("Tick the box: only who has parental responsibility can authorise."))],
    )
    authorises = BooleanField(
        N_("I authorise my child to take part in this activity"),
        validators=[InputRequired(N_("Tick the box to say yes, or choose “I do not authorise” below."))],
    )
    consent = BooleanField(N_("I agree that the data needed for this activity are used as the notice says"))


class CorrectGuardianForm(SubmitForm):
    """Another address for the guardian, or the same once more."""

    email = EmailField(N_("E-mail address of the parent"), validators=[InputRequired(_REQUIRED), EMAIL])


class CancelForm(SubmitForm):
    """Giving a place back, with a reason if one likes."""

    reason = TextAreaField(N_("Reason"), validators=[Optional(), Length(max=300, message=N_("At most 300 characters."))])


class ActForm(SubmitForm):
    """A button and nothing else."""
