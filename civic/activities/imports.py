"""Activities from a spreadsheet: a preview row by row, then all or nothing; the same file again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from civic.activities import conductors
from civic.activities.models import Activity, Occurrence, Opening
from civic.activities.queries.conducting import get_conducted
from civic.activities.services import facilitating, publishing
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.sheet import ActivityDraft, FieldError, OpeningDraft, ParsedRow, fingerprint, is_arranged_as
from civic.activities.types import ActivityState
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.organisations.models import Organisation
from civic.programme.models import Action
from civic.programme.names import match_place
from civic.programme.queries import list_places

_ONLY_AT_THE_DESK = ("private_details", "initiative_id", "late_entry", "age_basis", "authorisations_needed", "asks_call")
_WHERE_SILENT = (
    "summary",
    "description",
    "audience",
    "contact",
    "accessibility",
    "signup_opens_at",
    "signup_closes_at",
    "action_id",
)


class Outcome(StrEnum):
    """What importing a row would do."""

    NEW = "new"
    WORDS = "words"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class RowPreview:
    """A row of the file and what would become of it; `errors` say what to mend, `notes` what was understood."""

    line: int
    title: str
    outcome: Outcome
    organisation_id: int | None = None
    place_id: int | None = None
    draft: ActivityDraft | None = None
    activity_id: int | None = None
    errors: tuple[FieldError, ...] = ()
    notes: tuple[FieldError, ...] = ()
    facilitators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """Every row of the file, in its order."""

    rows: tuple[RowPreview, ...]

    @property
    def can_import(self) -> bool:
        """Whether no row is wrong and something would change."""
        return bool(self.rows) and all(row.outcome is not Outcome.WRONG for row in self.rows)

    def count(self, outcome: Outcome) -> int:
        """Return how many rows have this outcome."""
        return sum(1 for row in self.rows if row.outcome is outcome)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows are compared with, read once."""

    organisations: dict[str, int]
    default_organisation: int | None
    places: list
    activities: dict[tuple[int, str], Activity]
    meetings: dict[int, list[tuple[datetime, datetime]]]
    openings: dict[int, set[OpeningDraft]]
    members: conductors.Members


def preview_import(rows: list[ParsedRow], organisation_ids: list[int] | None, default: int | None) -> Preview:
    """Return what importing `rows` would do, changing nothing.

    `organisation_ids` are those that the importer may write for (None: all); `default` stands where a row names none.
    """
    known = _read_known(organisation_ids, default)
    seen: set[tuple[int, str]] = set()
    return Preview(tuple(_preview_row(row, known, seen) for row in rows))


def _read_known(organisation_ids: list[int] | None, default: int | None) -> _Known:
    statement = sa.select(Organisation.id, Organisation.name)
    if organisation_ids is not None:
        statement = statement.where(Organisation.id.in_(organisation_ids))
    organisations = {name.casefold(): id_ for id_, name in session().execute(statement)}
    imported = (
        session()
        .scalars(
            sa.select(Activity).where(Activity.import_key.is_not(None), Activity.organisation_id.in_(organisations.values()))
        )
        .all()
    )
    ids = [activity.id for activity in imported]
    by_key = {(activity.organisation_id, activity.import_key): activity for activity in imported}
    places, members = list(list_places()), conductors.members_by_address(organisations.values())
    return _Known(organisations, default, places, by_key, _meetings_of(ids), _openings_of(ids), members)


def _meetings_of(activity_ids: list[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    meetings = defaultdict(list)
    statement = sa.select(Occurrence.activity_id, Occurrence.starts_at, Occurrence.ends_at)
    for activity_id, *span in session().execute(
        statement.where(Occurrence.activity_id.in_(activity_ids)).order_by(Occurrence.starts_at)
    ):
        meetings[activity_id].append(tuple(span))
    return meetings


def _openings_of(activity_ids: list[int]) -> dict[int, set[OpeningDraft]]:
    openings = defaultdict(set)
    statement = sa.select(
        Opening.activity_id, Opening.kind, Opening.role, Opening.minimum, Opening.capacity, Opening.occurrence_id.is_not(None)
    )
    for activity_id, *values in session().execute(statement.where(Opening.activity_id.in_(activity_ids)).distinct()):
        openings[activity_id].add(OpeningDraft(*values))
    return openings


def _preview_row(row: ParsedRow, known: _Known, seen: set[tuple[int, str]]) -> RowPreview:
    title = row.draft.title if row.draft else next((value for value in row.raw.values() if value), "")
    if row.draft is None:
        return RowPreview(row.line, title, Outcome.WRONG, errors=row.errors, notes=row.notes)
    draft = row.draft
    organisation_id = known.organisations.get(draft.organisation_name.casefold(), None)
    if not draft.organisation_name:
        organisation_id = known.default_organisation
    place = match_place(draft.place_name, known.places) if draft.place_name else None
    activity = known.activities.get((organisation_id, draft.code)) if organisation_id else None
    errors = [*row.errors, *_errors_of(draft, organisation_id, place, activity, known)]
    if organisation_id and (organisation_id, draft.code) in seen:
        errors.append(FieldError("Codice", N_("This code stands twice in the file.")))
    seen.add((organisation_id or 0, draft.code))
    outcome = Outcome.WRONG if errors else _outcome(draft, activity)
    chosen = conductors.chosen_of(draft, organisation_id, known.members) if outcome is Outcome.NEW else ()
    lacks = conductors.note_of(draft, chosen) if outcome is Outcome.NEW else None
    return RowPreview(
        row.line,
        draft.title,
        outcome,
        organisation_id,
        place.id if place else None,
        draft,
        activity.id if activity else None,
        tuple(errors),
        (*row.notes, lacks) if lacks else row.notes,
        tuple(one.person for one in chosen),
    )


def _errors_of(draft: ActivityDraft, organisation_id, place, activity, known: _Known) -> list[FieldError]:
    errors = []
    if organisation_id is None:
        errors.append(FieldError("Organizzazione", N_("We do not know this organisation, or you cannot write for it.")))
    if draft.place_name and place is None:
        errors.append(FieldError("Luogo", N_("We do not know this place: write its name as in the list of places.")))
    if activity is None:
        if any(starts_at <= clock.now() for starts_at, _end in draft.occurrences):
            errors.append(FieldError("Date", N_("A meeting is in the past.")))
        errors += conductors.errors_of(draft, organisation_id, known.members)
    elif _outcome(draft, activity) is Outcome.WORDS:
        errors += _changes_refused(draft, place, activity, known)
    return errors


def _changes_refused(draft: ActivityDraft, place, activity: Activity, known: _Known) -> list[FieldError]:
    """Return what the row says anew and a file may not change; what was changed at the desk since then stays."""
    if activity.state is ActivityState.CANCELLED:
        return [FieldError("Codice", N_("This activity was cancelled: to offer it again give the row another code."))]
    if is_arranged_as(draft, activity.import_fingerprint):
        return []
    errors = []
    if known.meetings.get(activity.id, []) != sorted(draft.occurrences):
        problem = N_("This activity is here already with other dates: move its meetings on its page, people are told.")
        errors.append(FieldError("Date", problem))
    place_id = place.id if place else None
    if activity.state is not ActivityState.DRAFT and place_id != activity.place_id:
        errors.append(FieldError("Luogo", N_("To change the place move the meetings one by one: people are told.")))
    if known.openings.get(activity.id, set()) != set(draft.openings):
        problem = N_("This activity is here already with other places: change them on its page, who waits is told.")
        errors.append(FieldError("Posti", problem))
    return errors


def _outcome(draft: ActivityDraft, activity: Activity | None) -> Outcome:
    if activity is None:
        return Outcome.NEW
    return Outcome.SAME if activity.import_fingerprint == fingerprint(draft) else Outcome.WORDS


def import_activities(actor: Actor, preview: Preview, *, publishes: bool = False) -> int:
    """Write everything the preview says, or nothing; return how many activities are new or have new words.

    With `publishes` what is new can be seen, but for workshops for minors that lack an adult: they stay drafts.
    """
    if not preview.can_import:
        raise RuleBroken(N_("Some rows have errors: mend the file and load it again. Nothing was changed."))
    actions = dict(session().execute(sa.select(Action.slug, Action.id)).all())
    changed = 0
    for row in preview.rows:
        if row.outcome is Outcome.SAME:
            continue
        activity = _write_row(actor, row, actions)
        activity.import_key, activity.import_fingerprint = row.draft.code, fingerprint(row.draft)
        writing().flush()
        if publishes and row.outcome is Outcome.NEW and not get_conducted(activity.id).missing(clock.today()):
            publishing.publish_activity(actor, activity.public_id)
        changed += 1
    return changed


def _write_row(actor: Actor, row: RowPreview, actions: dict[str, int]) -> Activity:
    fields = _fields_of(row, actions)
    if row.activity_id is not None:
        activity = writing().get(Activity, row.activity_id)
        return publishing.update_activity(actor, activity.public_id, _with_what_stands(activity, row, fields))
    openings = tuple(_opening_fields(row.draft))
    activity = publishing.create_activity(actor, row.organisation_id, Plan(fields, row.draft.occurrences, openings))
    for person in row.facilitators:
        facilitating.add_facilitator(actor, activity.public_id, person)
    return activity


def _fields_of(row: RowPreview, actions: dict[str, int]) -> ActivityFields:
    draft = row.draft
    return ActivityFields(
        kind=draft.kind,
        title=draft.title,
        summary=draft.summary,
        description=draft.description,
        audience=draft.audience,
        contact=draft.contact,
        accessibility=draft.accessibility,
        languages=draft.languages or ("it",),
        age_min=draft.age_min,
        age_max=draft.age_max,
        entry_mode=draft.entry_mode,
        signup_opens_at=draft.signup_opens_at,
        signup_closes_at=draft.signup_closes_at,
        place_id=row.place_id,
        action_id=actions.get(draft.action_slug) if draft.action_slug else None,
    )


def _with_what_stands(activity: Activity, row: RowPreview, fields: ActivityFields) -> ActivityFields:
    """Return `fields` with what was written at the desk wherever the file is silent."""
    stands = {name: getattr(activity, name) for name in (*_ONLY_AT_THE_DESK, *_WHERE_SILENT)}
    kept = {name: value for name, value in stands.items() if name in _ONLY_AT_THE_DESK or not getattr(fields, name)}
    if is_arranged_as(row.draft, activity.import_fingerprint):
        kept["place_id"] = activity.place_id
    return replace(fields, **kept)


def _opening_fields(draft: ActivityDraft):
    """Yield the places of the row: for the whole activity, or the same again for each of its meetings."""
    for opening in draft.openings:
        where = range(len(draft.occurrences)) if opening.per_occurrence else (None,)
        for occurrence in where:
            yield OpeningFields(opening.kind, opening.capacity, opening.role, opening.minimum, occurrence)
