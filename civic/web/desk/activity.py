"""The desk's page of one activity: where it stands, its meetings, its places, its people, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for

from civic.activities.models import Activity
from civic.activities.queries import counting_people
from civic.activities.queries.activity_page import ActivityView, OccurrenceRow, OpeningRow, get_activity_for_desk
from civic.activities.queries.facts import list_openings
from civic.activities.queries.participants import list_people, record_seen
from civic.activities.services import cancelling, deciding, publishing
from civic.activities.types import ActivityState, EntryMode, OpeningFacts
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.notifications.failures import count_not_reached
from civic.organisations.queries import OrganisationRow
from civic.volunteering.rules import can_invite
from civic.web.desk.activity_forms import ReasonForm
from civic.web.desk.blueprint import blueprint, can_edit, own, own_to_edit, show
from civic.web.desk.facilitators import ConductingPanel, conducting_panel
from civic.web.desk.people import Group, groups_of
from civic.web.desk.writing import own_activity
from civic.web.doing import do_and_say
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor
from civic.web.words import KIND_LABELS, window_words

STATES = {
    ActivityState.DRAFT: (N_("Draft"), "neutral"),
    ActivityState.PUBLISHED: (N_("Published"), "success"),
    ActivityState.CANCELLED: (N_("Cancelled"), "danger"),
}


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting with what can be done about it."""

    row: OccurrenceRow
    window: str | None
    is_cancelled: bool
    is_over: bool
    can_mark: bool
    can_change: bool


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a role."""

    row: OpeningRow
    kind: str
    when: datetime | None
    can_invite: bool


@dataclass(frozen=True, slots=True)
class ActivityDeskPage:
    """Everything the page shows; who conducts it only to who writes for the organisation."""

    row: Any
    state: str
    state_label: str
    tone: str
    kind: str
    meetings: tuple[Meeting, ...]
    places: tuple[Places, ...]
    groups: tuple[Group, ...]
    people_count: int
    to_call: int
    not_reached: int
    can_publish: bool
    conducting: ConductingPanel | None


def own_view(row: OrganisationRow, public_id: str) -> ActivityView:
    """Return the activity of this organisation for a member; NotFound for anything else."""
    view = get_activity_for_desk(current_actor(), public_id)
    if view.row.organisation_id != row.id:
        raise NotFound
    return view


@blueprint.get("/<slug>/attivita/<public_id>")
def activity(slug: str, public_id: str):
    """Show the activity and its people; that names were seen is written in the audit."""
    row = own(slug)
    view = own_view(row, public_id)
    actor = current_actor()
    people = list_people(actor, view.row.id, row.id)
    if people:
        with transaction():
            record_seen(actor, view.row.id, len(people))
    edits = can_edit(actor, row)
    conducting = conducting_panel(row, view.row.id) if edits else None
    lost = count_not_reached(view.row.id) if edits else 0
    return show("desk/activity.html", row, page=_page(view, people, conducting, lost), form=SubmitForm(formdata=None))


def _page(view: ActivityView, people, conducting: ConductingPanel | None, lost: int) -> ActivityDeskPage:
    now = clock.now()
    state = ActivityState(view.row.state)
    label, tone = STATES[state]
    openings = {one.id: one for one in list_openings(view.row.id)}
    first = clock.to_rome(view.row.starts_at or now).date()
    return ActivityDeskPage(
        row=view.row,
        state=state.value,
        state_label=_(label),
        tone=tone,
        kind=view.row.kind,
        meetings=tuple(_meeting(one, state, now) for one in view.occurrences),
        places=tuple(_places(view, one, openings[one.id], now) for one in view.openings),
        groups=groups_of(people, first, draws=view.row.entry_mode == EntryMode.DRAW),
        people_count=len(people),
        to_call=sum(one.awaits_call for one in people),
        not_reached=lost,
        can_publish=state is ActivityState.DRAFT,
        conducting=conducting,
    )


def _places(view: ActivityView, one: OpeningRow, opening: OpeningFacts, now: datetime) -> Places:
    meeting = view.meeting_of(one)
    return Places(one, _(KIND_LABELS[one.kind]), meeting.starts_at if meeting else None, can_invite(opening, one.minimum, now))


def _meeting(one: OccurrenceRow, state: ActivityState, now: datetime) -> Meeting:
    is_cancelled = one.state == "cancelled"
    return Meeting(
        row=one,
        window=window_words(one.signup_opens_at, one.signup_closes_at, now),
        is_cancelled=is_cancelled,
        is_over=one.ends_at <= now,
        can_mark=not is_cancelled and state is not ActivityState.DRAFT,
        can_change=not is_cancelled and state is not ActivityState.CANCELLED and one.starts_at > now,
    )


@blueprint.post("/<slug>/attivita/<public_id>/pubblica")
def publish(slug: str, public_id: str):
    """Let everybody see the activity."""
    row = own_to_edit(slug)
    own_activity(row, public_id)
    do_and_say(lambda: publishing.publish_activity(current_actor(), public_id), N_("Published: people can sign up."))
    return redirect(url_for("desk.activity", slug=slug, public_id=public_id))


@blueprint.post("/<slug>/attivita/<public_id>/elimina")
def delete_draft(slug: str, public_id: str):
    """Remove a draft."""
    row = own_to_edit(slug)
    own_activity(row, public_id)
    if do_and_say(lambda: publishing.delete_draft(current_actor(), public_id), N_("The draft was deleted.")):
        return redirect(url_for("desk.activities", slug=slug, stato="bozze"))
    return redirect(url_for("desk.activity", slug=slug, public_id=public_id))


@blueprint.route("/<slug>/attivita/<public_id>/annulla", methods=["GET", "POST"])
def cancel(slug: str, public_id: str):
    """Cancel the activity with a reason, after saying how many people will be told."""
    row = own_to_edit(slug)
    found = own_activity(row, public_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                told = cancelling.cancel_activity(current_actor(), public_id, form.reason.data)
            flash(_("Cancelled. Sign-ups that ended: %(count)s. Everybody is told.", count=told), "success")
            return redirect(url_for("desk.activity", slug=slug, public_id=public_id))
        except DomainError as error:
            form.apply(error)
    return _show_cancel(row, found, form)


def _show_cancel(row: OrganisationRow, found: Activity, form: ReasonForm):
    told = counting_people.count_live(found.id)
    values = {"form": form, "title": found.title, "public_id": found.public_id, "told": told, "meeting": None}
    return show("desk/cancel.html", row, 422 if form.errors else 200, **values)


@blueprint.post("/<slug>/attivita/<public_id>/decidi")
def decide(slug: str, public_id: str):
    """Say yes or no to one request: the button pressed says to whom and what."""
    row = own_to_edit(slug)
    own_activity(row, public_id)
    verb, _colon, signup = request.form.get("decision", "").partition(":")
    check_belongs(public_id, signup)
    if verb == "si":
        do_and_say(lambda: deciding.approve_signup(current_actor(), signup), N_("Done: the person is told."))
    elif verb == "no":
        do_and_say(lambda: deciding.decline_signup(current_actor(), signup), N_("Done: the person is told kindly."))
    return redirect(url_for("desk.activity", slug=slug, public_id=public_id, _anchor="richieste"))


@blueprint.route("/<slug>/attivita/<public_id>/iscrizioni/<signup>", methods=["GET", "POST"])
def remove(slug: str, public_id: str, signup: str):
    """Cancel somebody's signup with a reason; the place goes to the next in line."""
    row = own_to_edit(slug)
    found = own_activity(row, public_id)
    check_belongs(public_id, signup)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                deciding.remove_signup(current_actor(), signup, form.reason.data)
            flash(_("Done: the person is told, and the place goes to the next in line."), "success")
            return redirect(url_for("desk.activity", slug=slug, public_id=public_id))
        except DomainError as error:
            form.apply(error)
    return show("desk/remove.html", row, 422 if form.errors else 200, form=form, title=found.title, public_id=public_id)


def check_belongs(public_id: str, signup: str) -> None:
    """Raise NotFound unless the signup is one of this activity."""
    if not counting_people.is_signup_of(public_id, signup):
        raise NotFound
