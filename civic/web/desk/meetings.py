"""Adding, moving and cancelling a meeting; who is told is said before it is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from flask import flash, redirect, request, url_for

from civic.activities.models import Activity
from civic.activities.queries.effects import effects_of_move
from civic.activities.queries.newly_busy import BusyRow
from civic.activities.queries.participants import MeetingRow, get_meeting, record_seen
from civic.activities.recurrence import Note
from civic.activities.rules import meets_at, signup_closes_at, signup_opens_at
from civic.activities.services import moving
from civic.activities.types import ActivityKind, ActivityState, Terms
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound, StaleForm
from civic.kernel.i18n import _, format_day, format_moment, format_time
from civic.organisations.queries import OrganisationRow
from civic.programme.queries import list_places
from civic.web.desk.activity_forms import OneMeetingForm, ReasonForm, TermsForm
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.desk.people import band_of, short_name
from civic.web.desk.reading import FIELDS, meeting_of, number_of, terms_of
from civic.web.desk.writing import own_activity
from civic.web.doing import do_once
from civic.web.signing_in import current_actor


@dataclass(frozen=True, slots=True)
class Change:
    """What moving a meeting would change, how many people would be told, and what it would mean for whom.

    `busy` are the volunteers who would be in two places at once, `busy_others` how many more have something else then.

    `rows` are what changes, before, and after; the hour to meet and the sign-up window of its own go with the start.
    """

    rows: tuple[tuple[str, str, str], ...]
    told: int
    busy: tuple[str, ...]
    busy_others: int
    wrong_age: int
    need_yes: int
    notes: tuple[str, ...]


def own_meeting(row: OrganisationRow, public_id: str, meeting_id: str) -> MeetingRow:
    """Return the meeting of this activity of this organisation; NotFound for anything else."""
    meeting = get_meeting(current_actor(), meeting_id)
    if meeting.organisation_id != row.id or meeting.activity_public_id != public_id:
        raise NotFound
    return meeting


@blueprint.route("/<slug>/attivita/<public_id>/incontri", methods=["GET", "POST"])
def meeting_new(slug: str, public_id: str):
    """Add a meeting."""
    row = own_to_edit(slug)
    found = own_activity(row, public_id)
    form = OneMeetingForm().offer(())
    if form.validate_on_submit():
        try:
            return _add(row, form, found)
        except DomainError as error:
            _apply(form, error)
    values = {"form": form, "title": found.title, "public_id": public_id, "change": None, "meeting": None}
    return show("desk/meeting.html", row, 422 if form.errors else 200, **values)


def _add(row: OrganisationRow, form: OneMeetingForm, activity: Activity):
    when, notes = meeting_of(form)
    terms = terms_of(form)

    def add() -> str:
        moving.add_occurrence(current_actor(), activity.public_id, *when, terms)
        return url_for("desk.activity", slug=row.slug, public_id=activity.public_id)

    target = do_once(form, add)
    is_told = activity.state is ActivityState.PUBLISHED
    flash(_("The meeting is there: whoever has a place is told.") if is_told else _("The meeting is there."), "success")
    for note in notes:
        flash(_(note.message, **note.values), "warning")
    return redirect(target)


@blueprint.route("/<slug>/attivita/<public_id>/incontri/<meeting_id>/sposta", methods=["GET", "POST"])
def meeting_move(slug: str, public_id: str, meeting_id: str):
    """Give a meeting another time or place: first what would change and for how many, then a yes."""
    row = own_to_edit(slug)
    own_activity(row, public_id)
    meeting = own_meeting(row, public_id, meeting_id)
    form = OneMeetingForm().offer(list_places())
    change, status = None, 200
    if request.method == "GET":
        _fill(form, meeting)
    elif form.validate():
        try:
            when, notes = meeting_of(form)
            if request.form.get("confirmed"):
                return _move(row, meeting, form, when)
            change = _change(meeting, form, when, notes)
        except StaleForm as error:
            form.apply(error)
            _fill(form, own_meeting(row, public_id, meeting_id))
            status = 409
        except DomainError as error:
            _apply(form, error)
    values = {"form": form, "title": meeting.title, "public_id": public_id, "change": change, "meeting": meeting}
    return show("desk/meeting.html", row, 422 if form.errors and status == 200 else status, **values)


def _move(row: OrganisationRow, meeting: MeetingRow, form: OneMeetingForm, when: tuple[datetime, datetime]):
    version = form.version.data if form.version.data is not None else -1
    with transaction():
        moved = moving.move_occurrence(current_actor(), meeting.public_id, *when, number_of(form.place.data), version)
    done = _("Moved. Everybody is told in ten minutes: until then you can move it back and nobody hears of it.")
    flash(done if moved else _("Nothing was changed: it was like that already."), "success")
    return redirect(url_for("desk.activity", slug=row.slug, public_id=meeting.activity_public_id))


def _fill(form: OneMeetingForm, meeting: MeetingRow) -> None:
    starts, ends = clock.to_rome(meeting.starts_at), clock.to_rome(meeting.ends_at)
    form.day.data, form.starts.data, form.ends.data = starts.date(), starts.time(), ends.time()
    form.place.data, form.version.data = str(meeting.place_id or ""), meeting.version
    form.fold.data = str(starts.fold) if clock.is_ambiguous(starts.replace(tzinfo=None)) else None
    for name in ("day", "starts", "ends", "version"):
        form[name].raw_data = None


def _change(
    meeting: MeetingRow, form: OneMeetingForm, when: tuple[datetime, datetime], notes: tuple[Note, ...]
) -> Change:
    places = dict(form.place.choices and [(choice.value, choice.label) for choice in form.place.choices])
    place = places.get(form.place.data) if form.place.data else None
    nowhere = _("Place to be announced")
    rows = (*_hours(meeting, *when), (_("Place"), meeting.place_name or nowhere, place or nowhere))
    effects = effects_of_move(meeting.id, meeting.activity_id, (meeting.starts_at, meeting.ends_at), when)
    busy = _busy_volunteers(meeting, effects.busy, when[0])
    said = tuple(_(note.message, **note.values) for note in notes)
    return Change(rows, effects.told, busy, len(effects.busy) - len(busy), effects.wrong_age, effects.need_yes, said)


def _hours(meeting: MeetingRow, starts_at: datetime, ends_at: datetime) -> tuple[tuple[str, str, str], ...]:
    """Return day and hours before and after, and of the terms those that the meeting has of its own."""
    old, terms = meeting.starts_at, meeting.terms
    spans = [f"{format_time(begin)}-{format_time(end)}" for begin, end in ((old, meeting.ends_at), (starts_at, ends_at))]
    rows = [(_("Day"), format_day(old), format_day(starts_at)), (_("Time"), *spans)]
    if terms.meets_minutes is not None:
        rows.append((_("Meeting time"), *(format_time(meets_at(terms, start)) for start in (old, starts_at))))
    if terms.signup_opens_days is not None:
        rows.append((_("Sign-ups open"), *(format_moment(signup_opens_at(terms, start)) for start in (old, starts_at))))
    if terms.signup_closes_hours is not None:
        rows.append((_("Sign-ups close"), *(format_moment(signup_closes_at(terms, start)) for start in (old, starts_at))))
    return tuple(rows)


@blueprint.route("/<slug>/attivita/<public_id>/incontri/<meeting_id>/ritrovo", methods=["GET", "POST"])
def meeting_terms(slug: str, public_id: str, meeting_id: str):
    """Say when people meet before the meeting, and when one can sign up for it."""
    row = own_to_edit(slug)
    own_activity(row, public_id)
    meeting = own_meeting(row, public_id, meeting_id)
    form = TermsForm(obj=meeting.terms)
    if request.method == "GET":
        form.seen.data = "-".join("" if one is None else str(one) for one in astuple(meeting.terms))
    elif form.validate():
        try:
            with transaction():
                changed = moving.change_terms(current_actor(), meeting_id, terms_of(form), _seen(form))
            flash(_("Saved.") if changed else _("Nothing was changed: it was like that already."), "success")
            return redirect(url_for("desk.activity", slug=slug, public_id=public_id))
        except DomainError as error:
            form.apply(error)
    values = {"form": form, "public_id": public_id, "meeting": meeting, "told": moving.count_affected(meeting_id)}
    return show("desk/terms.html", row, 422 if form.errors else 200, **values)


def _seen(form: TermsForm) -> Terms:
    """Return the terms that the page showed; terms that no meeting has where the form does not say them."""
    found = re.fullmatch(r"(\d{0,6})-(\d{0,6})-(\d{0,6})", form.seen.data or "", re.ASCII)
    return Terms(*(int(one) if one else None for one in found.groups())) if found else Terms(-1, -1, -1)


def _busy_volunteers(meeting: MeetingRow, rows: Sequence[BusyRow], starts_at: datetime) -> tuple[str, ...]:
    """Return the names of the volunteers who have something else at the new time; that they were seen is written down."""
    volunteers = [row for row in rows if row.kind is ActivityKind.VOLUNTEERING]
    if volunteers:
        with transaction():
            record_seen(current_actor(), meeting.activity_id, len(volunteers), "clashes")
    day = clock.to_rome(starts_at).date()
    return tuple(short_name(row.given_name, row.family_name, band_of(row.birth_on, day)) for row in volunteers)


def _apply(form: OneMeetingForm, error: DomainError) -> None:
    error.field = FIELDS.get(error.field, error.field) if error.field else None
    form.apply(error)


@blueprint.route("/<slug>/attivita/<public_id>/incontri/<meeting_id>/annulla", methods=["GET", "POST"])
def meeting_cancel(slug: str, public_id: str, meeting_id: str):
    """Cancel one meeting with a reason."""
    row = own_to_edit(slug)
    found = own_activity(row, public_id)
    meeting = own_meeting(row, public_id, meeting_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                moving.cancel_occurrence(current_actor(), meeting_id, form.reason.data)
            flash(_("The meeting is cancelled: everybody is told."), "success")
            return redirect(url_for("desk.activity", slug=slug, public_id=public_id))
        except DomainError as error:
            form.apply(error)
    told = moving.count_affected(meeting_id)
    values = {"form": form, "title": found.title, "public_id": public_id, "told": told, "meeting": meeting}
    return show("desk/cancel.html", row, 422 if form.errors else 200, **values)
