"""Places kept for who is sent by a service or a school, and the links that lead to them: for who writes here alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, request, url_for
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from civic.activities.queries.activity_page import ActivityView, OpeningRow
from civic.activities.queries.reserves import Reserve, list_reserves
from civic.activities.services import referrals, reserving
from civic.activities.ways_in import Referral
from civic.kernel.errors import DomainError, NotFound, RuleBroken
from civic.kernel.i18n import N_, _, format_moment
from civic.organisations.queries import OrganisationRow
from civic.web.activities.forms import ActForm
from civic.web.desk.activity import own_view
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.reading import moment_of
from civic.web.desk.writing import own_activity
from civic.web.doing import do_and_say, do_once
from civic.web.fields import MomentField
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor
from civic.web.words import KIND_LABELS

_NUMBER = re.compile(r"(\d{1,4}) ?(%?)", re.ASCII)


class ReserveForm(SubmitForm):
    """How many places of a role are kept, and until when."""

    opening = SelectField(N_("Places"), [InputRequired(N_("Choose one."))])
    count = StringField(
        N_("How many are kept"),
        [InputRequired(N_("This is needed to go on."))],
        description=N_("A number, or a part: 3 or 20%. With 0 they are open to all."),
    )
    reserved_until = MomentField(
        N_("Until when"),
        [Optional()],
        format="%Y-%m-%dT%H:%M",
        description=N_("What is left then goes to who waits, and to everybody. Before the first meeting."),
    )

    def wish(self) -> reserving.Wish:
        """Return how many were asked for; raise RuleBroken where that is no number."""
        found = _NUMBER.fullmatch(self.count.data.strip())
        if found is None:
            raise RuleBroken(N_("Write a number, or a part like 20%."), field="count")
        return int(found[1]), bool(found[2])


class ReferralForm(SubmitForm):
    """Who sends somebody, and why."""

    service = StringField(
        N_("Service or school"),
        [InputRequired(N_("Write which service or school asks.")), Length(max=120, message=N_("At most 120 characters."))],
    )
    reason = TextAreaField(
        N_("Reason"),
        [InputRequired(N_("Write why: it is kept with the link.")), Length(max=300, message=N_("At most 300 characters."))],
        description=N_("Your organisation reads it. No names, and nothing about health."),
    )


@dataclass(frozen=True, slots=True)
class ReserveItem:
    """What is kept in one opening."""

    label: str
    reserve: Reserve


@dataclass(frozen=True, slots=True)
class ReferralItem:
    """A link as the desk lists it; `url` is the way in, as long as nobody has signed up by it."""

    id: int
    service: str
    reason: str
    given_by: str
    created_at: datetime
    label: str
    url: str | None
    can_withdraw: bool


@blueprint.route("/<slug>/attivita/<public_id>/riservati", methods=["GET", "POST"])
def reserved_places(slug: str, public_id: str):
    """Show what is kept and the links; keep other places, or make one link more, whichever form was sent."""
    row = own_to_edit(slug)
    view = own_view(row, public_id)
    asks_link = "service" in request.form
    reserve = ReserveForm(formdata=None if asks_link else request.form)
    link = ReferralForm(formdata=request.form if asks_link else None)
    reserve.opening.choices = [SelectChoice(one.public_id, _label(view, one)) for one in view.openings]
    sent = link if asks_link else reserve
    if request.method == "POST" and sent.validate():
        try:
            target = do_once(sent, lambda: _do(sent, view, url_for("desk.reserved_places", slug=slug, public_id=public_id)))
            flash(_("The link is ready: pass it on to the person or the family.") if asks_link else _("Saved."), "success")
            return redirect(target)
        except DomainError as error:
            sent.apply(error)
    return _show(row, view, reserve, link)


def _do(form: ReserveForm | ReferralForm, view: ActivityView, here: str) -> str:
    if isinstance(form, ReferralForm):
        referrals.make(current_actor(), view.row.public_id, form.service.data, form.reason.data)
    else:
        until = moment_of(form.reserved_until.data, "reserved_until")
        reserving.keep_places(current_actor(), form.opening.data, form.wish(), until)
    return here


def _show(row: OrganisationRow, view: ActivityView, reserve: ReserveForm, link: ReferralForm):
    reserves = list_reserves(view.row.id)
    values = {
        "reserve": reserve,
        "link": link,
        "form": link if link.errors else reserve,
        "act": ActForm(),
        "kept": [ReserveItem(_label(view, one), reserves[one.id]) for one in view.openings],
        "items": [_item(*one, view.row.slug) for one in referrals.list_of(view.row.id)],
        "can_refer": view.row.state == "published" and any(one.is_on for one in reserves.values()),
        "title": view.row.title,
        "public_id": view.row.public_id,
    }
    return show("desk/reserved.html", row, 422 if reserve.errors or link.errors else 200, **values)


@blueprint.post("/<slug>/attivita/<public_id>/riservati/<referral_id>/ritira")
def referral_withdraw(slug: str, public_id: str, referral_id: str):
    """Let a link serve nobody any more."""
    row = own_to_edit(slug)
    own_activity(row, public_id)
    if not re.fullmatch(r"\d{1,18}", referral_id, re.ASCII):
        raise NotFound
    number = int(referral_id)
    do_and_say(lambda: referrals.withdraw(current_actor(), public_id, number), N_("The link opens nothing any more."))
    return redirect(url_for("desk.reserved_places", slug=slug, public_id=public_id))


def _label(view: ActivityView, opening: OpeningRow) -> str:
    meeting = view.meeting_of(opening)
    parts = [opening.role or _(KIND_LABELS[opening.kind]), format_moment(meeting.starts_at) if meeting else ""]
    return ", ".join(part for part in parts if part)


def _item(one: Referral, given_by: str, is_in_use: bool, slug: str) -> ReferralItem:
    is_open = referrals.is_open(one)
    label = N_("Withdrawn") if one.withdrawn_at else N_("Used") if is_in_use else N_("Can be used") if is_open else N_("Expired")
    way_in = None
    if is_open and not is_in_use:
        way_in = url_for("signing_up.sign_up", slug=slug, invito=referrals.token_of(one), _external=True)
    return ReferralItem(one.id, one.service, one.reason, given_by, one.created_at, _(label), way_in, is_open)
