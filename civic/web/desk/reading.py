"""From what was typed to what the services take; what cannot be is said beside its field."""

from __future__ import annotations

from datetime import datetime

from civic.activities.models import Activity
from civic.activities.recurrence import Note, Typed, expand
from civic.activities.rules import check_occurrence, check_terms
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.types import NO_TERMS, ActivityKind, AgeBasis, EntryMode, Terms
from civic.kernel import clock
from civic.kernel.errors import DomainError, RuleBroken
from civic.kernel.i18n import N_, _, format_day
from civic.web.desk.activity_forms import CreateForm, MeetingForm, OneMeetingForm, OpeningForm, TermsFields, WordsForm

Span = tuple[datetime, datetime]
FIELDS = {"starts_at": "day", "ends_at": "ends"}
"""The rules speak of instants; a form has a day and two hours."""


def words_of(form: WordsForm, kind: ActivityKind, place_id: int | None) -> ActivityFields:
    """Return the words of the form; raise RuleBroken where a time of the sign-ups cannot be."""
    return ActivityFields(
        kind=kind,
        title=form.title.data,
        summary=form.summary.data or "",
        description=form.description.data or "",
        audience=form.audience.data or "",
        private_details=form.private_details.data or "",
        contact=form.contact.data or "",
        accessibility=form.accessibility.data or "",
        languages=tuple(form.languages.data or ("it",)),
        age_min=form.age_min.data,
        age_max=form.age_max.data,
        age_basis=AgeBasis(form.age_basis.data or AgeBasis.FIRST_DAY),
        entry_mode=EntryMode(form.entry_mode.data),
        signup_opens_at=moment_of(form.signup_opens_at.data, "signup_opens_at"),
        signup_closes_at=moment_of(form.signup_closes_at.data, "signup_closes_at"),
        late_entry=form.late_entry.data,
        draw_at=moment_of(form.draw_at.data, "draw_at"),
        draw_new_first=form.draw_new_first.data,
        authorisations_needed=int(form.authorisations_needed.data or 1),
        asks_call=form.asks_call.data,
        place_id=place_id,
        initiative_id=number_of(form.initiative.data),
        action_id=number_of(form.action.data),
    )


def number_of(text: str | None) -> int | None:
    """Return the id that a choice stands for, None for none."""
    return int(text) if text else None


def moment_of(local: datetime | None, field: str) -> datetime | None:
    """Return the instant of what a clock in Rome shows; raise RuleBroken where that is none, or two."""
    if local is None:
        return None
    if clock.is_nonexistent(local) or clock.is_ambiguous(local):
        message = N_("On %(date)s the clock changes and %(time)s is not one moment: write another time.")
        raise RuleBroken(message, field=field, date=format_day(local), time=local.strftime("%H:%M"))
    return clock.from_rome(local)


def plan_of(form: CreateForm) -> tuple[Plan, tuple[Note, ...]] | None:
    """Return the plan of the form and what must be seen; None where errors now stand in the form."""
    are_words_right = not any(field.errors for field in form if field.name not in ("meetings", "openings"))
    meetings, terms, notes = _meetings_of(form)
    openings = _openings_of(form, len(meetings)) if not form.kind.errors else []
    words = None
    try:
        words = words_of(form, ActivityKind(form.kind.data), number_of(form.place.data)) if are_words_right else None
    except DomainError as error:
        form.apply(error)
    _gather_row_errors(form)
    if form.errors or words is None:
        return None
    return Plan(words, tuple(sorted(meetings)), tuple(openings), terms), notes


def _gather_row_errors(form: CreateForm) -> None:
    """Say at the head of the page what is wrong in the rows, with their numbers."""
    for rows, where in ((form.meetings, N_("Meeting %(number)s")), (form.openings, N_("Places %(number)s"))):
        for number, entry in enumerate(rows, start=1):
            for field in entry.form:
                form.form_errors += [
                    f"{_(where, number=number)}, {_(field.label.text).rstrip('?:')}: {_(one)}" for one in field.errors
                ]


def _meetings_of(form: CreateForm) -> tuple[list[Span], dict[Span, Terms], tuple[Note, ...]]:
    meetings: list[Span] = []
    terms: dict[Span, Terms] = {}
    notes: list[Note] = []
    for number, entry in enumerate(form.meetings, start=1):
        row: MeetingForm = entry.form
        if row.is_empty:
            continue
        try:
            series = expand(_typed(row), row.times.data or 1, row.until.data)
            check_occurrence(*series.meetings[0], clock.now())
            meetings.extend(series.meetings)
            if (own := terms_of(row)) != NO_TERMS:
                terms |= dict.fromkeys(series.meetings, own)
            notes.extend(series.notes)
        except DomainError as error:
            _apply_to_row(form, row, error, number)
    return meetings, terms, tuple(notes)


def terms_of(form: TermsFields) -> Terms:
    """Return the sign-up window and the hour to meet of the form; raise RuleBroken where they cannot be."""
    terms = Terms(form.signup_opens_days.data, form.signup_closes_hours.data, form.meets_minutes.data)
    check_terms(terms)
    return terms


def _typed(row: MeetingForm | OneMeetingForm) -> Typed:
    for name in ("day", "starts", "ends"):
        if row[name].data is None:
            raise RuleBroken(N_("This is needed to go on."), field=name)
    fold = {"0": 0, "1": 1}.get(row.fold.data)
    follows_school = "follows_school" in row and row.follows_school.data
    return Typed(row.day.data, row.starts.data, row.ends.data, fold, follows_school)


def meeting_of(form: OneMeetingForm) -> tuple[tuple[datetime, datetime], tuple[Note, ...]]:
    """Return start and end of the one meeting of the form, and what must be seen; raise RuleBroken where it cannot be."""
    series = expand(_typed(form))
    check_occurrence(*series.meetings[0], clock.now())
    return series.meetings[0], series.notes


def _openings_of(form: CreateForm, meeting_count: int) -> list[OpeningFields]:
    openings: list[OpeningFields] = []
    for number, entry in enumerate(form.openings, start=1):
        row: OpeningForm = entry.form
        if row.is_empty:
            continue
        try:
            one = opening_of(row, form.kind.data)
            where = range(meeting_count) if row.scope.data == "meeting" else (None,)
            openings.extend(OpeningFields(one.kind, one.capacity, one.role, one.minimum, place) for place in where)
        except DomainError as error:
            _apply_to_row(form, row, error, number)
    return openings


def opening_of(row, kind: str) -> OpeningFields:
    """Return the places of a row; who lends a hand follows the rules of volunteers."""
    if row.capacity.data is None:
        raise RuleBroken(N_("How many places are there?"), field="capacity")
    if (row.minimum.data or 0) > row.capacity.data:
        raise RuleBroken(N_("The minimum cannot be more than the places."), field="minimum")
    chosen = ActivityKind.VOLUNTEERING if row.who.data == "volunteer" else ActivityKind(kind)
    return OpeningFields(chosen, row.capacity.data, row.role.data or "", row.minimum.data or 0)


def _apply_to_row(form: CreateForm, row, error: DomainError, number: int) -> None:
    """Say it beside the field of the row; where it is about no field, at the head of the page."""
    text = _(error.message, **error.values)
    field = row._fields.get(FIELDS.get(error.field, error.field)) if error.field else None
    if field is None:
        form.form_errors.append(f"{number}: {text}")
    elif text not in field.errors:
        field.errors = [*field.errors, text]


def fill_words(form: WordsForm, activity: Activity) -> None:
    """Show what the activity says now."""
    for name in (
        "title",
        "summary",
        "description",
        "audience",
        "private_details",
        "contact",
        "accessibility",
        "age_min",
        "age_max",
        "late_entry",
        "draw_new_first",
        "asks_call",
    ):
        form[name].data = getattr(activity, name)
    form.languages.data = list(activity.languages)
    form.entry_mode.data = activity.entry_mode.value
    form.age_basis.data = activity.age_basis.value
    form.authorisations_needed.data = str(activity.authorisations_needed)
    for name in ("place", "action", "initiative"):
        form[name].data = str(getattr(activity, f"{name}_id") or "")
    for name in ("signup_opens_at", "signup_closes_at", "draw_at"):
        instant = getattr(activity, name)
        form[name].data = clock.to_rome(instant).replace(tzinfo=None) if instant else None
