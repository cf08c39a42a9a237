"""How an activity comes to be, changes its words and is published; how it ends before its time stands in `cancelling`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

import sqlalchemy as sa

from civic.activities import rules
from civic.activities.events import ActivityPublished
from civic.activities.models import Activity, ActivityFacilitator, Occurrence, Opening
from civic.activities.policy import Action, Target, check_can, may_know
from civic.activities.services import adults, precautions, setting_draw
from civic.activities.services.clipping import clip_deadlines
from civic.activities.services.places import offer_what_is_free
from civic.activities.types import (
    NO_TERMS,
    ActivityKind,
    ActivityState,
    AgeBasis,
    EntryMode,
    OccurrenceState,
    Terms,
)
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken, StaleForm
from civic.kernel.i18n import N_
from civic.kernel.ids import new_public_id, plain, slugify
from civic.organisations.queries import is_verified
from civic.outbox import services as outbox


@dataclass(frozen=True, slots=True)
class ActivityFields:
    """What a coordinator writes about an activity."""

    kind: ActivityKind
    title: str
    summary: str = ""
    description: str = ""
    audience: str = ""
    private_details: str = ""
    contact: str = ""
    accessibility: str = ""
    languages: tuple[str, ...] = ("it",)
    age_min: int | None = None
    age_max: int | None = None
    age_basis: AgeBasis = AgeBasis.FIRST_DAY
    entry_mode: EntryMode = EntryMode.INSTANT
    signup_opens_at: datetime | None = None
    signup_closes_at: datetime | None = None
    late_entry: bool = False
    draw_at: datetime | None = None
    draw_new_first: bool = False
    authorisations_needed: int = 1
    asks_call: bool = False
    place_id: int | None = None
    initiative_id: int | None = None
    action_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpeningFields:
    """Places for one role; `occurrence` is the index of the meeting they are for, None for the whole activity."""

    kind: ActivityKind
    capacity: int
    role: str = ""
    minimum: int = 0
    occurrence: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """An activity with its meetings (start, end), its places, and the terms of those meetings that have some of their own."""

    fields: ActivityFields
    occurrences: tuple[tuple[datetime, datetime], ...]
    openings: tuple[OpeningFields, ...]
    terms: Mapping[tuple[datetime, datetime], Terms] = field(default_factory=dict)


def get_own_activity(actor: Actor, public_id: str) -> Activity:
    """Return the activity for somebody who edits it; NotFound for everybody else."""
    activity = session().scalar(sa.select(Activity).where(Activity.public_id == public_id))
    if activity is None or not may_know(actor, activity.organisation_id):
        raise NotFound
    check_can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=activity.organisation_id))
    return activity


def lock_own_activity(actor: Actor, public_id: str) -> Activity:
    """Do the same and lock it until the transaction ends: who adds to an activity and who cancels it take turns."""
    found = get_own_activity(actor, public_id)
    # Who signs up refers to the row and must not wait for this lock: it leaves the key alone.
    lock = sa.select(Activity).where(Activity.id == found.id).with_for_update(key_share=True)
    return writing().scalars(lock.execution_options(populate_existing=True)).one()


def create_activity(actor: Actor, organisation_id: int, plan: Plan) -> Activity:
    """Write a draft with its meetings and places and return it; nobody but the organisation sees it yet."""
    check_can(actor, Action.EDIT_ACTIVITY, Target(organisation_id=organisation_id))
    check_fields(plan.fields)
    now = clock.now()
    for starts_at, ends_at in plan.occurrences:
        rules.check_occurrence(starts_at, ends_at, now)
    activity = Activity(
        public_id=new_public_id(),
        slug=_free_slug(plan.fields.title),
        organisation_id=organisation_id,
        state=ActivityState.DRAFT,
        created_by_id=actor.person_id,
        created_at=now,
        updated_at=now,
    )
    _write_fields(activity, plan.fields)
    writing().add(activity)
    writing().flush()
    occurrences = [add_occurrence_row(activity, *when, plan.terms.get(when, NO_TERMS)) for when in plan.occurrences]
    for opening in plan.openings:
        add_opening_row(activity, opening, occurrences)
    refresh_span(activity)
    setting_draw.check_draw(activity)
    audit.record(actor, "create_activity", "activity", activity.id)
    return activity


def update_activity(actor: Actor, public_id: str, fields: ActivityFields, version: str | None = None) -> Activity:
    """Change the words of an activity, unless it is no longer in its `version`; time and place change through `moving`."""
    activity = lock_own_activity(actor, public_id)
    if version is not None and version != activity.version:
        raise StaleForm(N_("Somebody else has changed this activity meanwhile. Look at it again before you change it."))
    check_fields(fields)
    precautions.check_can_change(activity, fields.authorisations_needed, asks_call=fields.asks_call)
    if fields.place_id != activity.place_id:
        _change_place_of_draft(activity, fields.place_id)
    was_for_minors, drawn = adults.needs_declared_adults(activity), setting_draw.terms_of(activity)
    who_could_come = _who_may_come(activity)
    _write_fields(activity, fields)
    refresh_span(activity)
    setting_draw.follow_change(activity, drawn)
    if adults.is_public_for_minors(activity) and not was_for_minors:
        adults.check_adults(activity)
    clip_deadlines(activity.id)
    if _who_may_come(activity) != who_could_come:
        offer_what_is_free(activity.id)
    activity.updated_at = clock.now()
    writing().flush()
    audit.record(actor, "update_activity", "activity", activity.id)
    return activity


def _who_may_come(activity: Activity) -> tuple:
    """Return what decides whether somebody who waits can be offered a place: a new title is no news to them."""
    times = activity.signup_opens_at, activity.signup_closes_at, activity.last_entry_at
    return *times, activity.age_min, activity.age_max, activity.age_basis


def _change_place_of_draft(activity: Activity, place_id: int | None) -> None:
    if activity.state is not ActivityState.DRAFT:
        raise RuleBroken(N_("To change the place move the meetings one by one: people are told."), field="place")
    usual = sa.and_(Occurrence.activity_id == activity.id, Occurrence.place_id.is_not_distinct_from(activity.place_id))
    writing().execute(sa.update(Occurrence).where(usual).values(place_id=place_id))


def publish_activity(actor: Actor, public_id: str) -> Activity:
    """Let everybody see the activity and sign up.

    The organisation must be verified, dates and places be there, and before minors come the certificates of who conducts.
    """
    activity = lock_own_activity(actor, public_id)
    if activity.state is ActivityState.PUBLISHED:
        return activity
    if activity.state is ActivityState.CANCELLED:
        raise RuleBroken(N_("A cancelled activity cannot be opened again: make a copy of it."))
    if not is_verified(activity.organisation_id):
        raise RuleBroken(N_("The administration has not verified the organisation yet: you can publish after that."))
    if activity.starts_at is None or activity.starts_at <= clock.now():
        raise RuleBroken(N_("Add at least one meeting in the future before publishing."))
    if not session().scalar(sa.select(sa.exists().where(Opening.activity_id == activity.id))):
        raise RuleBroken(N_("Say how many places there are before publishing."))
    adults.check_adults(activity)
    setting_draw.check_draw(activity)
    setting_draw.make_seed(activity)
    activity.state = ActivityState.PUBLISHED
    activity.published_at = activity.updated_at = clock.now()
    writing().flush()
    audit.record(actor, "publish_activity", "activity", activity.id)
    outbox.record(ActivityPublished(activity.id))
    return activity


def delete_draft(actor: Actor, public_id: str) -> None:
    """Remove a draft that nobody ever saw."""
    activity = lock_own_activity(actor, public_id)
    if activity.state is not ActivityState.DRAFT:
        raise NotAllowed(N_("Only a draft can be deleted; an activity that was published is cancelled."))
    for table in (ActivityFacilitator, Opening, Occurrence):
        writing().execute(sa.delete(table).where(table.activity_id == activity.id))
    writing().delete(activity)
    writing().flush()
    audit.record(actor, "delete_draft", "activity", activity.id)


def check_fields(fields: ActivityFields) -> None:
    """Raise RuleBroken unless the words and numbers of an activity make sense."""
    if not fields.title.strip():
        raise RuleBroken(N_("Give the activity a title."), field="title")
    if len(fields.title) > 120:
        raise RuleBroken(N_("The title has at most 120 characters."), field="title")
    if fields.age_min is not None and fields.age_max is not None and fields.age_min > fields.age_max:
        raise RuleBroken(N_("The ages are the wrong way round."), field="age_max")
    opens, closes = fields.signup_opens_at, fields.signup_closes_at
    if opens and closes and opens >= closes:
        raise RuleBroken(N_("Sign-ups must close after they open."), field="signup_closes_at")


def _write_fields(activity: Activity, fields: ActivityFields) -> None:
    for name, value in asdict(fields).items():
        setattr(activity, name, list(value) if isinstance(value, tuple) else value)
    activity.title = fields.title.strip()
    activity.search_text = plain(" ".join((fields.title, fields.summary, fields.audience, fields.description)))


def add_occurrence_row(activity: Activity, starts_at: datetime, ends_at: datetime, terms: Terms) -> Occurrence:
    """Write one meeting of the activity, at the activity's place."""
    rules.check_terms(terms)
    occurrence = Occurrence(
        public_id=new_public_id(),
        activity_id=activity.id,
        place_id=activity.place_id,
        starts_at=starts_at,
        ends_at=ends_at,
        state=OccurrenceState.SCHEDULED,
        **asdict(terms),
    )
    writing().add(occurrence)
    writing().flush()
    return occurrence


def add_opening_row(activity: Activity, fields: OpeningFields, occurrences: list[Occurrence]) -> Opening:
    """Write places for one role."""
    rules.check_places(fields.minimum, fields.capacity)
    opening = Opening(
        public_id=new_public_id(),
        activity_id=activity.id,
        occurrence_id=occurrences[fields.occurrence].id if fields.occurrence is not None else None,
        kind=fields.kind,
        role=fields.role.strip(),
        minimum=fields.minimum,
        capacity=fields.capacity,
    )
    writing().add(opening)
    writing().flush()
    return opening


def refresh_span(activity: Activity) -> None:
    """Bring the activity's first and last moment, and the last one to come in, in line with its scheduled meetings."""
    starts_at = Occurrence.starts_at
    span = sa.select(sa.func.min(starts_at), sa.func.max(Occurrence.ends_at), sa.func.max(starts_at)).where(
        Occurrence.activity_id == activity.id, Occurrence.state == OccurrenceState.SCHEDULED
    )
    activity.starts_at, activity.ends_at, last_start = writing().execute(span).one()
    activity.last_entry_at = last_start if activity.late_entry else activity.starts_at
    writing().flush()


def _free_slug(title: str) -> str:
    base = slugify(title)
    taken = set(session().scalars(sa.select(Activity.slug).where(sa.or_(Activity.slug == base, Activity.slug.like(base + "-%")))))
    if base not in taken:
        return base
    return next(candidate for number in range(2, len(taken) + 3) if (candidate := f"{base}-{number}") not in taken)
