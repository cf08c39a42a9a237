"""Words and values of the engine, and the table along which a signup moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ActivityKind(StrEnum):
    """What is offered, and whose rules an opening follows."""

    WORKSHOP = "workshop"
    VOLUNTEERING = "volunteering"
    TRAINING = "training"
    PUBLIC_EVENT = "public_event"


WITH_WORKSHOPS = (ActivityKind.WORKSHOP, ActivityKind.TRAINING, ActivityKind.PUBLIC_EVENT)
"""What the list of workshops holds; volunteering has a list of its own."""
GUARDED = frozenset({ActivityKind.WORKSHOP, ActivityKind.TRAINING})
"""Where minors meet the same adults again and again: the certificates of these are seen (D.P.R. 313/2002, art. 25-bis).

Who comes to a public event meets them once and in public; volunteers follow rules of their own.
"""


class ActivityState(StrEnum):
    """Whether people may see an activity and sign up for it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class EntryMode(StrEnum):
    """How a place is given: at once, after the organiser has said yes, or by a draw among all who asked until then."""

    INSTANT = "instant"
    APPROVAL = "approval"
    DRAW = "draw"


class AgeBasis(StrEnum):
    """How the limits of age are meant: in completed years on the first day, or as the ages of a school year."""

    FIRST_DAY = "first_day"
    SCHOOL_YEAR = "school_year"


class OccurrenceState(StrEnum):
    """Whether a meeting takes place."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class SignupState(StrEnum):
    """Where a signup stands."""

    UNCONFIRMED = "unconfirmed"
    REQUESTED = "requested"
    PENDING_GUARDIAN = "pending_guardian"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


HOLDING = frozenset({SignupState.UNCONFIRMED, SignupState.PENDING_GUARDIAN, SignupState.OFFERED, SignupState.CONFIRMED})
"""The states that hold a place."""

LIVE = HOLDING | {SignupState.REQUESTED, SignupState.WAITING}
"""The states of a signup that is not over; one live signup per person and opening."""

_ENDS = frozenset({SignupState.DECLINED, SignupState.CANCELLED, SignupState.EXPIRED})

SIGNUP_MOVES = {
    SignupState.UNCONFIRMED: frozenset(
        {SignupState.CONFIRMED, SignupState.PENDING_GUARDIAN, SignupState.REQUESTED, SignupState.CANCELLED, SignupState.EXPIRED}
    ),
    SignupState.REQUESTED: frozenset({SignupState.CONFIRMED, SignupState.PENDING_GUARDIAN, SignupState.WAITING, *_ENDS}),
    SignupState.PENDING_GUARDIAN: frozenset({SignupState.CONFIRMED, *_ENDS}),
    # Back to the waiting list only where the places were made fewer, and by who runs the activity.
    SignupState.CONFIRMED: frozenset({SignupState.CANCELLED, SignupState.WAITING}),
    SignupState.WAITING: frozenset({SignupState.OFFERED, SignupState.CONFIRMED, SignupState.PENDING_GUARDIAN, *_ENDS}),
    SignupState.OFFERED: frozenset({SignupState.CONFIRMED, SignupState.WAITING, SignupState.DECLINED, SignupState.CANCELLED}),
}
"""The only moves there are; what ended does not come back (a new signup does)."""


class OfferAnswer(StrEnum):
    """How an offered place ended."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class BlockEnd(StrEnum):
    """How it ended with the places of a class that nobody had been named for."""

    GIVEN_BACK = "given_back"
    RELEASED = "released"
    NO_PLACE = "no_place"
    CANCELLED = "cancelled"


class AuthorisationAnswer(StrEnum):
    """What the guardian said."""

    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"


class AttendanceState(StrEnum):
    """Whether somebody was there."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    EXCUSED = "excused"
    ABSENT = "absent"


class OverlapPolicy(StrEnum):
    """What happens when two signups of a person fall at the same time."""

    BLOCKS = "blocks"
    WARNS = "warns"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a meeting has of its own, counted back from its start: its sign-up window, and when people meet.

    Where the window is None that of the activity counts.
    """

    signup_opens_days: int | None = None
    signup_closes_hours: int | None = None
    meets_minutes: int | None = None


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the rules need to know of a person."""

    id: int
    birth_on: date | None
    email: str | None
    account_id: int | None
    is_confided: bool = False


@dataclass(frozen=True, slots=True)
class OpeningFacts:
    """What the rules need to know of an opening and of the activity it belongs to.

    `starts_at` and `ends_at` are those of the first and the last scheduled occurrence that the opening covers; from
    `last_entry_at` on nobody is given a place in it: the start, or where late entry is allowed that of the last meeting.
    `open_to_all` are the places that somebody without a referral can have: all but the reserved ones still unused.
    """

    id: int
    activity_id: int
    organisation_id: int
    kind: ActivityKind
    role: str
    capacity: int
    taken: int
    entry_mode: EntryMode
    activity_state: ActivityState
    age_min: int | None
    age_max: int | None
    age_basis: AgeBasis
    signup_opens_at: datetime | None
    signup_closes_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    last_entry_at: datetime | None
    title: str
    slug: str
    open_to_all: int
    reserved: int
    referred: int
    reserved_until: datetime | None
    draw_at: datetime | None
    drawn_at: datetime | None
    authorisations_needed: int
    asks_call: bool
    is_counselling: bool

    @property
    def is_full(self) -> bool:
        """Whether every place that anybody may have is taken."""
        return self.taken >= self.open_to_all

    @property
    def awaits_draw(self) -> bool:
        """Whether places are drawn and the draw has not been held: who signs up asks for one, and holds none."""
        return self.entry_mode is EntryMode.DRAW and self.drawn_at is None


@dataclass(frozen=True, slots=True)
class Clash:
    """Another live signup of the person at the same time."""

    signup_id: int
    title: str
    organisation_id: int
    starts_at: datetime
    ends_at: datetime
