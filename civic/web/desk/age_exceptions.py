"""Who may come outside the ages: a link for one person, given for a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, url_for
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from civic.activities.services import age_exceptions
from civic.activities.ways_in import AgeException
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.web.activities.forms import ActForm
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.writing import own_activity
from civic.web.doing import do_and_say, do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor


class AgeExceptionForm(SubmitForm):
    """Why one person may come whatever their age."""

    reason = TextAreaField(
        N_("Reason"),
        [InputRequired(N_("Write why: it is kept with the permission.")), Length(max=300, message=N_("At most 300 characters."))],
        description=N_("Your organisation reads it. No names, and nothing about health."),
    )


@dataclass(frozen=True, slots=True)
class ExceptionItem:
    """A permission as the desk lists it; `url` is the way in, as long as nobody holds a place by it."""

    id: int
    reason: str
    given_by: str
    created_at: datetime
    label: str
    url: str | None
    can_withdraw: bool


@blueprint.route("/<slug>/attivita/<public_id>/deroghe", methods=["GET", "POST"])
def age_exceptions_of(slug: str, public_id: str):
    """List who may come outside the ages, and let one person more."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    here = url_for("desk.age_exceptions_of", slug=slug, public_id=public_id)
    form = AgeExceptionForm()
    if form.validate_on_submit():

        def allow() -> str:
            age_exceptions.allow(current_actor(), public_id, form.reason.data)
            return here

        try:
            target = do_once(form, allow)
            flash(_("The link is ready: pass it on to the person or the family."), "success")
            return redirect(target)
        except DomainError as error:
            form.apply(error)
    items = [_item(*one, activity.slug) for one in age_exceptions.list_of(activity.id)]
    values = {"form": form, "act": ActForm(), "items": items, "title": activity.title, "public_id": public_id, "url": here}
    return show("desk/age_exceptions.html", row, 422 if form.errors else 200, **values)


@blueprint.post("/<slug>/attivita/<public_id>/deroghe/<exception_id>/ritira")
def age_exception_withdraw(slug: str, public_id: str, exception_id: str):
    """Let a permission serve nobody any more."""
    row = own_to_edit(slug)
    own_activity(row, public_id)
    if not re.fullmatch(r"\d{1,18}", exception_id, re.ASCII):
        raise NotFound
    number = int(exception_id)
    do_and_say(lambda: age_exceptions.withdraw(current_actor(), public_id, number), N_("The link opens nothing any more."))
    return redirect(url_for("desk.age_exceptions_of", slug=slug, public_id=public_id))


def _item(one: AgeException, given_by: str, is_in_use: bool, slug: str) -> ExceptionItem:
    label = N_("Withdrawn") if one.withdrawn_at else N_("Used") if is_in_use else N_("Can be used")
    way_in = None
    if one.withdrawn_at is None and not is_in_use:
        way_in = url_for("signing_up.sign_up", slug=slug, deroga=age_exceptions.token_of(one), _external=True)
    return ExceptionItem(one.id, one.reason, given_by, one.created_at, _(label), way_in, one.withdrawn_at is None)
