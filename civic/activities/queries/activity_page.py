"""Everything the page of one activity shows, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from civic.activities.policy import may_know
from civic.kernel.actor import Actor
from civic.kernel.db import fetch_one
from civic.kernel.errors import NotFound

_PAGE = """
SELECT a.id, a.public_id, a.slug, a.kind, a.title, a.summary, a.description, a.audience, a.contact, a.accessibility,
       a.languages, a.age_min, a.age_max, a.age_basis, a.entry_mode, a.signup_opens_at, a.signup_closes_at, a.late_entry,
       a.authorisations_needed, a.asks_call, a.is_counselling, a.draw_at, a.draw_new_first,
       encode(sha256(convert_to(a.draw_seed, 'UTF8')), 'hex') AS draw_commitment,
       a.last_entry_at, a.state, a.starts_at, a.ends_at, a.cancelled_reason, a.updated_at, a.organisation_id,
       g.name AS organisation_name, g.slug AS organisation_slug,
       p.name AS place_name, p.address AS place_address, q.name AS quartiere_name, q.code AS quartiere_code,
       c.slug AS action_slug, c.name_it AS action_name_it, c.name_en AS action_name_en,
       i.slug AS initiative_slug, i.title AS initiative_title,
       (SELECT json_agg(json_build_object('id', o.id, 'public_id', o.public_id, 'starts_at', o.starts_at,
                 'ends_at', o.ends_at, 'state', o.state, 'reason', o.cancelled_reason, 'version', o.version,
                 'place', op.name, 'meets_at', o.meets_at, 'signup_opens_at', o.signup_opens_at,
                 'signup_closes_at', o.signup_closes_at) ORDER BY o.starts_at, o.id)
          FROM occurrence o LEFT JOIN place op ON op.id = o.place_id AND o.place_id IS DISTINCT FROM a.place_id
         WHERE o.activity_id = a.id) AS occurrences,
       (SELECT json_agg(json_build_object('id', x.id, 'public_id', x.public_id, 'kind', x.kind, 'role', x.role,
                 'occurrence_id', x.occurrence_id,
                 'minimum', x.minimum, 'capacity', x.capacity, 'taken', x.taken, 'open_to_all', x.open_to_all,
                 'drawn', x.drawn_at IS NOT NULL,
                 'waiting', (SELECT count(*) FROM signup s WHERE s.opening_id = x.id AND s.state = 'waiting'))
                 ORDER BY x.id)
          FROM opening x WHERE x.activity_id = a.id) AS openings
  FROM activity a
  JOIN organisation g ON g.id = a.organisation_id
  LEFT JOIN place p ON p.id = a.place_id
  LEFT JOIN quartiere q ON q.id = p.quartiere_id
  LEFT JOIN action c ON c.id = a.action_id
  LEFT JOIN initiative i ON i.id = a.initiative_id AND i.published_at IS NOT NULL
                        AND EXISTS (SELECT FROM organisation l WHERE l.id = i.organisation_id AND l.state = 'verified')
"""
_INSTANTS = ("starts_at", "ends_at", "meets_at", "signup_opens_at", "signup_closes_at")
_PUBLIC = _PAGE + " WHERE a.slug = %(slug)s AND a.state <> 'draft' AND g.state = 'verified'"
_OWN = _PAGE + " WHERE a.public_id = %(public_id)s"


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """A meeting; place and sign-up window only where they differ from the activity's."""

    id: int
    public_id: str
    starts_at: datetime
    ends_at: datetime
    state: str
    reason: str | None
    version: int
    place: str | None
    meets_at: datetime | None
    signup_opens_at: datetime | None
    signup_closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """Places for one role, with how many people wait."""

    id: int
    public_id: str
    kind: str
    role: str
    occurrence_id: int | None
    minimum: int
    capacity: int
    taken: int
    open_to_all: int
    drawn: bool
    waiting: int

    @property
    def free(self) -> int:
        """Places that anybody could have."""
        return self.open_to_all - self.taken


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One activity, its meetings and its openings, as the database says now. `row` has the columns of the activity.

    The initiative it belongs to is named where it is public.
    """

    row: Any
    occurrences: tuple[OccurrenceRow, ...]
    openings: tuple[OpeningRow, ...]

    def meeting_of(self, opening: OpeningRow) -> OccurrenceRow | None:
        """Return the meeting that the opening is for; None where it is for the whole activity."""
        return next((one for one in self.occurrences if one.id == opening.occurrence_id), None)

    def is_past(self, opening: OpeningRow, now: datetime) -> bool:
        """Whether the opening is for a meeting that has begun or was cancelled, or for all of what nobody may come into."""
        if opening.occurrence_id is None:
            return self.row.last_entry_at is None or self.row.last_entry_at <= now
        meeting = self.meeting_of(opening)
        return meeting is None or meeting.starts_at <= now or meeting.state == "cancelled"

    def is_open(self, opening: OpeningRow, now: datetime) -> bool:
        """Whether it is still to come, and sign-ups have opened and not closed."""
        opens_at, closes_at = self.window_of(opening)
        in_window = (opens_at is None or opens_at <= now) and (closes_at is None or now < closes_at)
        return in_window and not self.is_past(opening, now)

    def window_of(self, opening: OpeningRow) -> tuple[datetime | None, datetime | None]:
        """Return when sign-ups open and close: as the meeting of the opening says, or else as the activity does."""
        row, meeting = self.row, self.meeting_of(opening)
        if meeting is None:
            return row.signup_opens_at, row.signup_closes_at
        return meeting.signup_opens_at or row.signup_opens_at, meeting.signup_closes_at or row.signup_closes_at


def get_public_activity(slug: str) -> ActivityView:
    """Return the published (or cancelled) activity that the address names.

    The public knows neither of drafts nor of what a suspended organisation does.
    """
    return _view(fetch_one(_PUBLIC, {"slug": slug}))


def get_activity_for_desk(actor: Actor, public_id: str) -> ActivityView:
    """Return the activity, whatever its state, for a member of its organisation; NotFound for everybody else."""
    row = fetch_one(_OWN, {"public_id": public_id})
    if row is not None and not may_know(actor, row.organisation_id):
        raise NotFound
    return _view(row)


def _view(row: Any) -> ActivityView:
    if row is None:
        raise NotFound
    return ActivityView(
        row,
        tuple(_occurrence(one) for one in row.occurrences or ()),
        tuple(OpeningRow(**one) for one in row.openings or ()),
    )


def _occurrence(one: dict) -> OccurrenceRow:
    instants = {name: datetime.fromisoformat(one[name]).astimezone(UTC) for name in _INSTANTS if one[name]}
    return OccurrenceRow(**{**one, **instants})
