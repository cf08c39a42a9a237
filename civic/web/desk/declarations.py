"""What an organisation declares of a member's certificate: outcome and dates, and all that was declared before."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, url_for
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from civic.kernel import clock
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.safeguarding import queries, services
from civic.safeguarding.queries import DeclarationRow
from civic.safeguarding.services import Seen
from civic.safeguarding.types import Adult, Outcome
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.doing import do_once
from civic.web.fields import DayField
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor
from civic.web.words import certificate_words

_NEEDED = N_("This is needed to go on.")


class DeclarationForm(SubmitForm):
    """What was seen, and when. No file and no text: what a certificate holds is nobody's business here."""

    issued_on = DayField(
        N_("Issued on"),
        [InputRequired(_NEEDED)],
        description=N_("The date printed on the certificate: it is good for six months."),
    )
    seen_on = DayField(N_("Seen on"), [InputRequired(_NEEDED)], description=N_("The day on which you had it before you."))
    outcome = RadioField(
        N_("What does it say?"),
        [InputRequired(N_("Choose one."))],
        choices=[
            SelectChoice("clear", N_("Nothing against work with minors"), {"hint": N_("This person may conduct them")}),
            SelectChoice("not_clear", N_("Something against it"), {"hint": N_("From this moment they cannot conduct them")}),
        ],
    )


@dataclass(frozen=True, slots=True)
class DeclarationItem:
    """A declaration with its words; the first one counts."""

    row: DeclarationRow
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class DeclarationPage:
    """Whose certificate, and what was declared of it."""

    name: str
    items: tuple[DeclarationItem, ...]


@blueprint.route("/<slug>/persone/<person>/certificato", methods=["GET", "POST"])
def declaration(slug: str, person: str):
    """Declare that a member's certificate was seen, and show what was declared so far."""
    row = own_to_edit(slug)
    name, declared = queries.list_declarations(current_actor(), row.id, person)
    form = DeclarationForm()
    if form.validate_on_submit():

        def declare() -> str:
            seen = Seen(form.issued_on.data, form.seen_on.data, Outcome(form.outcome.data))
            services.declare(current_actor(), row.id, person, seen)
            return url_for("desk.members", slug=slug)

        try:
            target = do_once(form, declare)
            flash(_("Declared: it is written who did it and when."), "success")
            return redirect(target)
        except DomainError as error:
            if isinstance(error, NotFound):
                raise
            form.apply(error)
    items = tuple(DeclarationItem(one, *certificate_words(_adult(name, one), clock.today())) for one in declared)
    return show("desk/declaration.html", row, 422 if form.errors else 200, page=DeclarationPage(name, items), form=form)


def _adult(name: str, one: DeclarationRow) -> Adult:
    return Adult(name, one.outcome, one.valid_until)
