"""What families entrust, at the desk: whether the activity asks of health, and what who conducts reads of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import redirect, request, url_for
from wtforms import SelectChoice, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from civic.care import rules
from civic.care.queries.notes import Note, count_health, list_erased, list_needs, list_notes
from civic.care.services.viewing import note_viewings
from civic.care.services.writing import ask_for_health
from civic.care.types import Need, Record
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.i18n import N_, _
from civic.web.care.pages import REASONS, TITLES, lines_of
from civic.web.desk.activity import own_view
from civic.web.desk.blueprint import blueprint, own, own_to_edit, show
from civic.web.desk.writing import own_activity
from civic.web.doing import do_and_say
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor
from civic.web.words import band_of, short_name


class HealthQuestionForm(SubmitForm):
    """Why the activity needs to know of health; nothing ticked: it does not ask."""

    needs = SelectMultipleField(
        N_("Does who conducts need to know of health?"),
        choices=[SelectChoice(need.value, label) for need, label in REASONS.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        description=N_("Only where it matters: families read the reason, and nobody has to answer."),
    )


@dataclass(frozen=True, slots=True)
class ErasedItem:
    """How many records of a kind nights deleted, and when last."""

    title: str
    count: int
    last_on: date


@dataclass(frozen=True, slots=True)
class NoteItem:
    """What was entrusted of somebody, a line each (label, words)."""

    name: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NotesPage:
    """What who conducts reads; empty outside `opens_at` to `closes_at`, and for whoever does not conduct."""

    title: str
    items: tuple[NoteItem, ...]
    opens_at: datetime | None
    closes_at: datetime | None
    is_open: bool


@blueprint.route("/<slug>/attivita/<public_id>/salute", methods=["GET", "POST"])
def care_question(slug: str, public_id: str):
    """Say whether families are asked of health, and why; show how much was deleted since.

    What families wrote is deleted after a second look.
    """
    row = own_to_edit(slug)
    activity = own_activity(row, public_id)
    form, written = HealthQuestionForm(), 0
    if form.validate_on_submit():
        needs = frozenset(Need(one) for one in form.needs.data or ())
        written = 0 if needs or request.form.get("sure") else count_health(activity.id)
    if form.is_submitted() and not form.errors and not written:
        done = N_("Saved: families are asked.") if needs else N_("Saved: nothing is asked, and what was written is deleted.")
        do_and_say(lambda: ask_for_health(current_actor(), public_id, needs), done)
        return redirect(url_for("desk.care_question", slug=slug, public_id=public_id))
    if not form.is_submitted():
        form.needs.data = list(list_needs(activity.id))
    erased = tuple(ErasedItem(_(TITLES[Record(one.record)]), int(one.count), one.last_on) for one in list_erased(activity.id))
    values = {"title": activity.title, "public_id": public_id, "erased": erased, "written": written}
    return show("desk/care_question.html", row, 422 if form.errors else 200, form=form, **values)


@blueprint.get("/<slug>/attivita/<public_id>/note")
def care_notes(slug: str, public_id: str):
    """Let who conducts read the notes of who comes; each that is shown is noted, and the family sees it."""
    row = own(slug)
    activity = own_view(row, public_id).row
    notes = list_notes(current_actor(), activity.id)
    with transaction():
        note_viewings(current_actor(), _seen(notes), in_full=True)
    return show("desk/care_notes.html", row, page=_page(activity, notes), public_id=public_id)


def _seen(notes: list[Note]) -> list[tuple[Record, int]]:
    return [(Record.HEALTH, one.signup_id) for one in notes if one.health] + [
        (Record.COLLECTION, one.signup_id) for one in notes if one.collection
    ]


def _page(activity: Any, notes: list[Note]) -> NotesPage:
    opens_at = activity.starts_at - rules.READ_BEFORE if activity.starts_at else None
    closes_at = activity.ends_at + rules.READ_AFTER if activity.ends_at else None
    is_open = opens_at is not None and closes_at is not None and opens_at <= clock.now() <= closes_at
    return NotesPage(activity.title, tuple(_item(one) for one in notes), opens_at, closes_at, is_open)


def _item(note: Note) -> NoteItem:
    name = short_name(note.given_name, note.family_name, band_of(note.birth_on, clock.today())) or _("Somebody")
    return NoteItem(name, (*lines_of(note.health), *lines_of(note.collection)))
