"""Tables of the engine."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from civic.activities.types import (
    LIVE,
    ActivityKind,
    ActivityState,
    AgeBasis,
    AttendanceState,
    AuthorisationAnswer,
    EntryMode,
    OccurrenceState,
    OfferAnswer,
    SignupState,
)
from civic.kernel.db import Base, enum_column

_LIVE_SQL = "state IN (" + ", ".join(f"'{state}'" for state in sorted(LIVE)) + ")"


class Activity(Base):
    """What an organisation offers. `starts_at` and `ends_at` span its scheduled occurrences, for lists and filters.

    `last_entry_at` is from when on nobody is given a place in all of it: the first meeting, with `late_entry` the last one.
    """

    __tablename__ = "activity"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    initiative_id: Mapped[int | None] = mapped_column(sa.ForeignKey("initiative.id"), index=True)
    action_id: Mapped[int | None] = mapped_column(sa.ForeignKey("action.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(sa.ForeignKey("place.id"), index=True)
    kind: Mapped[ActivityKind] = mapped_column(enum_column(ActivityKind, "kind"))
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    audience: Mapped[str] = mapped_column(default="")
    private_details: Mapped[str] = mapped_column(default="")
    contact: Mapped[str] = mapped_column(default="")
    accessibility: Mapped[str] = mapped_column(default="")
    languages: Mapped[list[str]] = mapped_column(ARRAY(sa.Text()), default=list)
    age_min: Mapped[int | None] = mapped_column(sa.SmallInteger)
    age_max: Mapped[int | None] = mapped_column(sa.SmallInteger)
    age_basis: Mapped[AgeBasis] = mapped_column(
        enum_column(AgeBasis, "age_basis"), default=AgeBasis.FIRST_DAY, server_default=AgeBasis.FIRST_DAY.value
    )
    entry_mode: Mapped[EntryMode] = mapped_column(enum_column(EntryMode, "entry_mode"))
    signup_opens_at: Mapped[datetime | None]
    signup_closes_at: Mapped[datetime | None]
    late_entry: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    draw_at: Mapped[datetime | None]
    draw_new_first: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    draw_seed: Mapped[str | None]
    authorisations_needed: Mapped[int] = mapped_column(sa.SmallInteger, default=1, server_default="1")
    asks_call: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_counselling: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    state: Mapped[ActivityState] = mapped_column(enum_column(ActivityState, "state"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    last_entry_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str | None]
    search_text: Mapped[str] = mapped_column(default="", server_default="")
    import_key: Mapped[str | None]
    import_fingerprint: Mapped[str | None]

    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "import_key"),
        sa.CheckConstraint("age_min IS NULL OR age_max IS NULL OR age_min <= age_max", name="ages"),
        sa.CheckConstraint("authorisations_needed IN (1, 2)", name="authorisations_needed"),
        sa.Index("ix_activity_public", "ends_at", "kind", postgresql_where=sa.text("state = 'published'")),
    )

    @property
    def version(self) -> str:
        """What tells this state of the activity from any later one: a form carries it from its page to the service."""
        return self.updated_at.astimezone(UTC).isoformat()


class Occurrence(Base):
    """One dated meeting. `version` rises whenever time or place change: it is the SEQUENCE of the calendar entry.

    Its own sign-up window (where there is none, the activity's counts) and the hour to meet are kept as distances from
    the start, days on the clock of Rome: they go with the meeting wherever it moves. The instants are the database's.
    """

    __tablename__ = "occurrence"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"))
    place_id: Mapped[int | None] = mapped_column(sa.ForeignKey("place.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[OccurrenceState] = mapped_column(enum_column(OccurrenceState, "state"))
    version: Mapped[int] = mapped_column(default=0)
    cancelled_reason: Mapped[str | None]
    signup_opens_days: Mapped[int | None] = mapped_column(sa.SmallInteger)
    signup_closes_hours: Mapped[int | None] = mapped_column(sa.SmallInteger)
    meets_minutes: Mapped[int | None] = mapped_column(sa.SmallInteger)
    signup_opens_at: Mapped[datetime | None] = mapped_column(
        sa.Computed(
            "(starts_at AT TIME ZONE 'Europe/Rome' - make_interval(days => signup_opens_days)) AT TIME ZONE 'Europe/Rome'",
            persisted=True,
        )
    )
    signup_closes_at: Mapped[datetime | None] = mapped_column(
        sa.Computed(
            "(starts_at AT TIME ZONE 'UTC' - make_interval(hours => signup_closes_hours)) AT TIME ZONE 'UTC'", persisted=True
        )
    )
    meets_at: Mapped[datetime | None] = mapped_column(
        sa.Computed("(starts_at AT TIME ZONE 'UTC' - make_interval(mins => meets_minutes)) AT TIME ZONE 'UTC'", persisted=True)
    )

    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.Index("ix_occurrence_activity_id", "activity_id", "starts_at"),
        sa.Index("ix_occurrence_upcoming", "starts_at", postgresql_where=sa.text("state = 'scheduled'")),
    )


class Opening(Base):
    """Places for one role, on one occurrence or (where `occurrence_id` is empty) on the whole activity.

    `closed_at` is when its meeting or activity was cancelled. It stands in the row whose lock everybody takes who gives
    a place: nobody is let into what is being cancelled at that moment.

    `reserved` places are kept until `reserved_until` for who comes through a referral; `referred` of the `taken` ones are
    held by such people; `held_back` free ones wait for a block that was passed often enough. What is kept and unused is
    not `open_to_all`, and no more than that is ever taken.
    """

    __tablename__ = "opening"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), index=True)
    occurrence_id: Mapped[int | None] = mapped_column(sa.ForeignKey("occurrence.id"), index=True)
    kind: Mapped[ActivityKind] = mapped_column(enum_column(ActivityKind, "kind"))
    role: Mapped[str] = mapped_column(default="")
    minimum: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    drawn_at: Mapped[datetime | None]
    reserved: Mapped[int] = mapped_column(default=0, server_default="0")
    referred: Mapped[int] = mapped_column(default=0, server_default="0")
    reserved_until: Mapped[datetime | None]
    held_back: Mapped[int] = mapped_column(default=0, server_default="0")
    open_to_all: Mapped[int] = mapped_column(
        sa.Computed("capacity - greatest(reserved - referred, 0) - held_back", persisted=True)
    )

    __table_args__ = (
        sa.CheckConstraint("0 <= taken AND taken <= open_to_all", name="taken"),
        sa.CheckConstraint("0 <= reserved AND reserved <= capacity AND 0 <= referred AND referred <= taken", name="reserved"),
        sa.CheckConstraint("reserved = 0 OR reserved_until IS NOT NULL", name="reserved_ends"),
        sa.CheckConstraint("held_back >= 0", name="held_back"),
        sa.CheckConstraint("0 <= minimum AND minimum <= capacity", name="minimum"),
        sa.Index("ix_opening_reserved_until", "reserved_until", postgresql_where=sa.text("reserved > 0")),
    )


class Signup(Base):
    """One person in one opening. `hold_until` is when an unanswered hold ends, judged when read as well as by a job.

    `awaits_click` is true of a newcomer's until the mailed link is clicked, for ever where it never was: nothing but that
    link is sent, nobody else is asked, and one that waits is offered no place. Its `hold_until` ends that wait as well.
    """

    __tablename__ = "signup"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    opening_id: Mapped[int] = mapped_column(sa.ForeignKey("opening.id"))
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[SignupState] = mapped_column(enum_column(SignupState, "state"))
    priority: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    needs_authorisation: Mapped[bool] = mapped_column(default=False)
    awaits_click: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    joined_at: Mapped[datetime]
    hold_until: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    passed_over_at: Mapped[datetime | None]
    is_referred: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    __table_args__ = (
        sa.Index("uq_signup_live", "opening_id", "person_id", unique=True, postgresql_where=sa.text(_LIVE_SQL)),
        sa.Index("ix_signup_queue", "opening_id", "priority", "joined_at", "id", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index("ix_signup_opening_id", "opening_id", "state"),
        sa.Index("ix_signup_waiting", "activity_id", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index("ix_signup_unserved", "opening_id", postgresql_where=sa.text("state IN ('requested', 'waiting')")),
        sa.Index("ix_signup_hold_until", "hold_until", postgresql_where=sa.text("hold_until IS NOT NULL")),
    )


class SignupMove(Base):
    """Every change of a signup's state: from, to, when, who and why. Rows are only added."""

    __tablename__ = "signup_move"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), index=True)
    before: Mapped[SignupState | None] = mapped_column(enum_column(SignupState, "before"))
    after: Mapped[SignupState] = mapped_column(enum_column(SignupState, "after"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")


class Offer(Base):
    """A freed place held for one person of the waiting list until `expires_at`."""

    __tablename__ = "offer"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answer: Mapped[OfferAnswer | None] = mapped_column(enum_column(OfferAnswer, "answer"))
    answered_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("uq_offer_live", "signup_id", unique=True, postgresql_where=sa.text("answer IS NULL")),)


class Authorisation(Base):
    """A guardian's yes or no to one signup of a minor: the exact text shown, asked, answered, withdrawn.

    `seen_by_id` is who saw the signature where it was given on paper; `is_sole` where they said that they alone have
    parental responsibility.
    """

    __tablename__ = "authorisation"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"), index=True)
    guardian_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    text: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    resends: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    answer: Mapped[AuthorisationAnswer | None] = mapped_column(enum_column(AuthorisationAnswer, "answer"))
    answered_at: Mapped[datetime | None]
    answered_name: Mapped[str | None]
    is_sole: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    seen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("uq_authorisation_open", "signup_id", unique=True, postgresql_where=sa.text("answer IS NULL")),)


class ActivityFacilitator(Base):
    """Who conducts an activity: a member of its organisation. Who leaves the organisation conducts nothing any more."""

    __tablename__ = "activity_facilitator"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), primary_key=True, index=True)
    added_at: Mapped[datetime]


class Attendance(Base):
    """Whether the person of a signup was at an occurrence, in minutes."""

    __tablename__ = "attendance"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    signup_id: Mapped[int] = mapped_column(sa.ForeignKey("signup.id"))
    occurrence_id: Mapped[int] = mapped_column(sa.ForeignKey("occurrence.id"), index=True)
    state: Mapped[AttendanceState] = mapped_column(enum_column(AttendanceState, "state"))
    minutes: Mapped[int] = mapped_column(sa.SmallInteger)
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    recorded_at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("signup_id", "occurrence_id"),
        sa.CheckConstraint("minutes >= 0", name="minutes"),
    )
