"""Forms about an organisation."""

from __future__ import annotations

from wtforms import EmailField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from civic.kernel.i18n import N_
from civic.organisations.queries import OrganisationRow
from civic.organisations.services.verifying import OrganisationFields
from civic.organisations.types import KIND_LABELS, ROLE_LABELS, OrganisationKind, OrganisationRole
from civic.programme.models import Quartiere
from civic.web.fields import EMAIL
from civic.web.forms import SubmitForm

NEEDED = N_("This is needed to go on.")
SHORT = Length(max=120, message=N_("At most 120 characters."))
_PHONE = Length(max=40, message=N_("At most 40 characters."))
_TEXT = Length(max=600, message=N_("At most 600 characters."))


class OrganisationForm(SubmitForm):
    """What an organisation says of itself."""

    name = StringField(N_("Name of the organisation"), [InputRequired(NEEDED), SHORT])
    tax_code = StringField(
        N_("Tax code"), [InputRequired(NEEDED), _PHONE], description=N_("Eleven digits, as on the registration certificate.")
    )
    kind = SelectField(N_("Kind of organisation"), [InputRequired(N_("Choose one."))])
    runts_number = StringField(
        N_("RUNTS number"), [Optional(), _PHONE], description=N_("If you are in the national register of the third sector.")
    )
    summary = TextAreaField(
        N_("What you do, in a few words"),
        [Optional(), _TEXT],
        description=N_("Two sentences are enough: they stand in the list."),
    )
    quartiere = SelectField(N_("Quartiere"), [Optional()])
    email = EmailField(N_("E-mail address for the public"), [InputRequired(NEEDED), EMAIL, SHORT])
    phone = TelField(N_("Phone"), [Optional(), _PHONE])
    website = StringField(N_("Site"), [Optional(), Length(max=200, message=N_("At most 200 characters."))])

    def offer(self, quartieri: list[Quartiere]) -> OrganisationForm:
        """Fill the choices and return the form."""
        self.kind.choices = [
            SelectChoice("", N_("Choose")),
            *(SelectChoice(key.value, KIND_LABELS[key]) for key in OrganisationKind),
        ]
        self.quartiere.choices = [SelectChoice("", N_("None in particular"))]
        self.quartiere.choices += [SelectChoice(str(one.id), one.name) for one in quartieri]
        return self

    def fill(self, row: OrganisationRow, quartiere_id: int | None) -> None:
        """Show what the organisation says now."""
        for name in ("name", "tax_code", "runts_number", "summary", "email", "phone", "website"):
            self[name].data = getattr(row, name) or ""
        self.kind.data = row.kind.value
        self.quartiere.data = str(quartiere_id or "")

    def fields(self) -> OrganisationFields:
        """Return what was typed as the service takes it."""
        return OrganisationFields(
            name=self.name.data,
            tax_code=self.tax_code.data,
            kind=OrganisationKind(self.kind.data),
            email=self.email.data,
            summary=self.summary.data or "",
            runts_number=self.runts_number.data,
            phone=self.phone.data,
            website=self.website.data,
            quartiere_id=int(self.quartiere.data) if self.quartiere.data else None,
        )


class InviteForm(SubmitForm):
    """Whom to ask, and for what."""

    email = EmailField(N_("E-mail address"), [InputRequired(NEEDED), EMAIL])
    role = RadioField(
        N_("What will they do?"),
        [InputRequired(N_("Choose one."))],
        choices=[
            SelectChoice("facilitator", N_("Facilitator"), {"hint": N_("Sees the meetings and takes attendance")}),
            SelectChoice(
                "coordinator", N_("Coordinator"), {"hint": N_("Writes activities, publishes them, decides on requests")}
            ),
            SelectChoice("owner", N_("Owner"), {"hint": N_("Everything, and who works here")}),
        ],
    )


class RoleForm(SubmitForm):
    """Another role for a member."""

    role = SelectField(N_("Role"), choices=[SelectChoice(role.value, ROLE_LABELS[role]) for role in OrganisationRole])
