"""Several children signed up at once by who answers for them: all or none, or each as there are places."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import BooleanField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from civic.accounts.queries import list_wards
from civic.accounts.services import people
from civic.activities.queries.activity_page import ActivityView, get_public_activity
from civic.activities.services.authorising import Given
from civic.activities.services.second_guardian import find_second
from civic.activities.services.signing_together import Together, sign_up_together
from civic.activities.siblings import FEWEST
from civic.activities.types import EntryMode
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.web import limits
from civic.web.activities import pages, screens, texts
from civic.web.activities.forms import CalledFields, SecondFields
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

blueprint = Blueprint("together", __name__)

_CHOOSE = InputRequired(N_("Choose one."))


class TogetherForm(SecondFields, CalledFields, SubmitForm):
    """Which children, whether only together, and the yes of who answers for them."""

    opening = RadioField(N_("What would they like to do?"), [_CHOOSE], choices=[], validate_choice=False)
    children = SelectMultipleField(
        N_("Who comes?"),
        [InputRequired(N_("Tick those who come: at least two."))],
        choices=[],
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    all_or_none = RadioField(
        N_("If there is not a place for each"),
        [_CHOOSE],
        choices=[
            SelectChoice("y", N_("All or none"), {"hint": N_("They wait together, and places are offered for all at once")}),
            SelectChoice("n", N_("Each as there are places"), {"hint": N_("Who finds none waits alone")}),
        ],
    )
    is_responsible = BooleanField(
        N_("I am an adult with parental responsibility, and the other parent agrees if there is one"),
        [InputRequired(N_("Tick the box: only who has parental responsibility can authorise."))],
    )
    authorises = BooleanField(
        N_("I authorise each of them to take part in this activity"),
        [InputRequired(N_("Without this the places cannot be given."))],
    )


@blueprint.route("/attivita/<slug>/iscrizione/insieme", methods=["GET", "POST"])
def sign_up(slug: str):
    """Ask for places for several children, and say how it went for each."""
    view = get_public_activity(slug)
    page = pages.activity_page(view, clock.now())
    wards = list_wards(current_actor())
    admits = page.can_sign_up and view.row.entry_mode == EntryMode.INSTANT and page.participate
    if not admits or len(wards) < FEWEST:
        return redirect(url_for("signing_up.sign_up", slug=slug))
    form = TogetherForm()
    screens.offer_openings(form, page)
    form.children.choices = [SelectChoice(str(ward.id), ward.full_name) for ward in wards]
    if request.method == "POST":
        limits.count_form()
    if form.validate_on_submit():
        try:
            with transaction():
                sign_up_together(current_actor(), _wish_of(form, view))
            flash(_("Done: here you see who has a place and who waits."), "success")
            return redirect(url_for("personal.overview"))
        except NotFound:
            form.opening.errors = [_("Choose one.")]
        except DomainError as error:
            form.apply(error)
    asks_phone = view.row.asks_call and people.phone_of(current_actor().person_id) is None
    text = texts.authorisation_text(view.row.title, view.row.organisation_name, view.row.authorisations_needed)
    values = {"activity": page, "form": form, "text": text, "asks_phone": asks_phone}
    return render_template("activities/together.html", **values), 422 if form.errors else 200


def _wish_of(form: TogetherForm, view: ActivityView) -> Together:
    actor = current_actor()
    chosen = [ward for ward in sorted(actor.wards) if str(ward) in (form.children.data or ())]
    words = view.row.title, view.row.organisation_name, view.row.authorisations_needed
    text = texts.authorisation_text(*words, is_sole=form.is_sole.data)
    # The other parent is nobody of the children, whichever of them it is.
    seconds = [find_second(view.row.authorisations_needed, form.second(), child, [actor.person_id]) for child in chosen]
    return Together(
        opening=form.opening.data,
        children=chosen,
        submit_key=form.submit_key.data,
        all_or_none=form.all_or_none.data == "y",
        authorisation=Given(actor.person_id, text, form.is_sole.data, form.phone.data),
        guardian_id=seconds[0] if seconds else None,
    )
