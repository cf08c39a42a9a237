"""Whom mail did not reach: to be called, and noted once they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, request, url_for

from civic.accounts.rules import written_phone
from civic.activities.models import Activity
from civic.activities.queries.participants import record_seen
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.i18n import N_, _, current_language
from civic.notifications.failures import Lost, NotReached, list_not_reached, note_told
from civic.notifications.types import DeliveryState
from civic.organisations.queries import OrganisationRow
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.people import Contact
from civic.web.desk.writing import own_activity
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor
from civic.web.words import band_of, short_name

WHY = {
    DeliveryState.BOUNCED: N_("it came back"),
    DeliveryState.FAILED: N_("their mail server refused it"),
    DeliveryState.SUPPRESSED: N_("not sent: mail to this address comes back"),
}


@dataclass(frozen=True, slots=True)
class NotReachedItem:
    """Somebody to be called, `about` whom where they answer for somebody, and what they do not know."""

    contact: Contact
    about: str
    is_confided: bool
    guardians: tuple[Contact, ...]
    lost: tuple[Lost, ...]
    signup: str
    person: str


@blueprint.get("/<slug>/attivita/<public_id>/non-raggiunti")
def not_reached(slug: str, public_id: str):
    """List whom to call, and what about."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    people = _people(row, activity)
    values = {"title": activity.title, "public_id": public_id, "people": people, "why": WHY}
    return show("desk/not_reached.html", row, form=SubmitForm(formdata=None), **values)


@blueprint.post("/<slug>/attivita/<public_id>/non-raggiunti")
def told_otherwise(slug: str, public_id: str):
    """Take somebody off the list who was told on the telephone."""
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    signup, _colon, person = request.form.get("told", "").partition(":")
    with transaction():
        told = note_told(current_actor(), activity.id, row.id, signup, person)
    if told:
        flash(_("Noted: they have been told."), "success")
    return redirect(url_for("desk.not_reached", slug=slug, public_id=public_id))


def _people(row: OrganisationRow, activity: Activity) -> tuple[NotReachedItem, ...]:
    """Return the list; that the names were seen is written down."""
    found = list_not_reached(current_actor(), activity.id, row.id, current_language())
    if found:
        with transaction():
            record_seen(current_actor(), activity.id, len(found), "not_reached")
    day = clock.to_rome(activity.starts_at or clock.now()).date()
    return tuple(_item(one, day) for one in found)


def _item(one: NotReached, day: date) -> NotReachedItem:
    comes = short_name(one.comes_given_name, one.comes_family_name, band_of(one.birth_on, day)) or _("Somebody")
    name = comes if one.is_self else one.name or _("Somebody")
    contact = Contact(one.phone, written_phone(one.phone), name, one.email)
    guardians = tuple(Contact(g.phone, written_phone(g.phone), g.name, g.email) for g in one.guardians)
    return NotReachedItem(contact, "" if one.is_self else comes, one.is_confided, guardians, one.lost, one.signup, one.person)
