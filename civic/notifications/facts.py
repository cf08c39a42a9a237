"""What messages are made from, as it stands at the moment of reading: a batch is loaded by a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from civic.accounts import rules as ages
from civic.accounts.services.links import MailedLink, mailed_links
from civic.accounts.types import ADULT_AGE
from civic.activities.queries.guardians import WHO_ANSWERS
from civic.activities.queries.yeses import HAS_A_YES, HAS_EVERY_YES
from civic.activities.rules import last_moment
from civic.announcements.queries.announced import texts_of
from civic.kernel import clock
from civic.kernel.db import session
from civic.notifications.activity_facts import ActivityFacts, about_activities
from civic.notifications.adult_facts import AdultFacts, about_adults
from civic.notifications.class_facts import ClassFacts, about_classes
from civic.notifications.inbox_facts import about_inboxes
from civic.notifications.opening_facts import OpeningFacts, about_openings
from civic.notifications.person_facts import PersonFacts, about_persons
from civic.notifications.topics import names_of


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message goes to; `has_account` where they can sign in."""

    id: int
    public_id: str
    given_name: str
    language: str
    email: str | None
    has_account: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """One dated meeting of a signup."""

    id: int
    public_id: str
    starts_at: datetime
    ends_at: datetime
    is_scheduled: bool
    version: int
    place: str
    reason: str
    meets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignupFacts:
    """A signup as it stands, with all that a message may say of it."""

    id: int
    public_id: str
    state: str
    person_id: int
    person_name: str
    birth_on: date | None
    hold_until: datetime | None
    title: str
    slug: str
    activity_state: str
    cancelled_reason: str
    organisation_name: str
    organisation_id: int
    role: str
    contact: str
    private_details: str
    free: int
    signup_closes_at: datetime | None
    last_entry_at: datetime | None
    position: int | None
    meetings: tuple[Meeting, ...]
    authorisation: Mapping[str, Any] | None
    offer: Mapping[str, Any] | None
    guardians: Sequence[int] = ()
    draw_at: datetime | None = None
    draw_code: str | None = None
    kind: str = ""
    lacks_yes: bool = False
    has_a_yes: bool = False
    school: str | None = None
    offered_with: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def upcoming(self, now: datetime) -> tuple[Meeting, ...]:
        """Return the meetings that take place and are not over."""
        return tuple(meeting for meeting in self.meetings if meeting.is_scheduled and meeting.ends_at > now)

    def has_place_to_take(self, now: datetime) -> bool:
        """Whether somebody who waits may still take a free place: before sign-ups close and before it begins."""
        if self.free <= 0 or self.last_entry_at is None:
            return False
        return now < last_moment(self.signup_closes_at, self.last_entry_at)

    def meeting(self, occurrence_id: int) -> Meeting | None:
        """Return one meeting, or None."""
        return next((meeting for meeting in self.meetings if meeting.id == occurrence_id), None)

    def is_minors(self, today: date) -> bool:
        """Whether who is signed up is not of age."""
        return self.birth_on is not None and ages.age_on(self.birth_on, today) < ADULT_AGE


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one message may need. What its kind has no use for is empty; `folded` are the messages that a digest gathers."""

    recipient: Recipient
    payload: Mapping[str, Any]
    now: datetime
    created_at: datetime
    signup: SignupFacts | None = None
    opening: OpeningFacts | None = None
    adults: AdultFacts | None = None
    inbox: Any = None
    school_class: ClassFacts | None = None
    person: PersonFacts | None = None
    link: MailedLink | None = None
    organisation: Any = None
    invitation: Any = None
    certificate: Any = None
    activity: ActivityFacts | None = None
    folded: Sequence[Any] = ()
    topics: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[int, str] = field(default_factory=dict)
    announcements: Mapping[int, str] = field(default_factory=dict)


_SIGNUPS = sa.text(f"""
SELECT s.id, s.public_id, s.state, s.person_id, w.given_name AS person_name, w.birth_on, s.hold_until,
       a.title, a.slug, a.state AS activity_state, coalesce(a.cancelled_reason, '') AS cancelled_reason,
       g.name AS organisation_name, g.id AS organisation_id, x.role, x.kind, a.contact, a.private_details,
       x.open_to_all - x.taken AS free, coalesce(o.signup_closes_at, a.signup_closes_at) AS signup_closes_at,
       coalesce((SELECT n.starts_at FROM occurrence n WHERE n.id = x.occurrence_id), a.last_entry_at) AS last_entry_at,
       CASE WHEN s.state = 'waiting' THEN (SELECT count(*) + 1 FROM signup ahead
             WHERE ahead.opening_id = s.opening_id AND ahead.state = 'waiting'
               AND (ahead.priority, ahead.joined_at, ahead.id) < (s.priority, s.joined_at, s.id)) END AS position,
       (SELECT json_agg(json_build_array(n.id, n.public_id, n.starts_at, n.ends_at, n.state = 'scheduled', n.version,
               concat_ws(', ', p.name, nullif(p.address, '')), coalesce(n.cancelled_reason, ''), n.meets_at) ORDER BY n.starts_at)
          FROM occurrence n LEFT JOIN place p ON p.id = coalesce(n.place_id, a.place_id)
         WHERE n.activity_id = a.id AND (x.occurrence_id IS NULL OR x.occurrence_id = n.id)) AS meetings,
       (SELECT json_build_object('id', h.id, 'answer', h.answer, 'expires_at', h.expires_at, 'guardian_id', h.guardian_id,
                                 'email', coalesce(hc.email, hg.email))
          FROM authorisation h JOIN person hg ON hg.id = h.guardian_id LEFT JOIN account hc ON hc.person_id = hg.id
         WHERE h.signup_id = s.id ORDER BY h.answer IS NULL DESC, h.id DESC LIMIT 1) AS authorisation,
       (SELECT json_build_object('id', f.id, 'answer', f.answer, 'expires_at', f.expires_at)
          FROM offer f WHERE f.signup_id = s.id ORDER BY f.id DESC LIMIT 1) AS offer,
       ARRAY({WHO_ANSWERS}) AS guardians, a.draw_at,
       (SELECT e.code FROM draw_entry e WHERE e.signup_id = s.id) AS draw_code,
       (s.needs_authorisation AND NOT {HAS_EVERY_YES}) AS lacks_yes, {HAS_A_YES} AS has_a_yes,
       (SELECT c.name FROM block_pupil n JOIN block b ON b.id = n.block_id JOIN organisation c ON c.id = b.organisation_id
         WHERE n.signup_id = s.id) AS school,
       (SELECT json_agg(json_build_array(ow.given_name, ARRAY(SELECT g.guardian_id FROM guardianship g
                         WHERE g.ward_id = ow.id AND g.ended_at IS NULL)) ORDER BY os.id)
          FROM sibling n JOIN sibling o ON o.first_id = n.first_id AND o.signup_id <> n.signup_id
               JOIN signup os ON os.id = o.signup_id AND os.state = 'offered' JOIN person ow ON ow.id = os.person_id
              WHERE n.signup_id = s.id) AS offered_with
  FROM signup s
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id
  JOIN organisation g ON g.id = a.organisation_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE s.id = ANY(:ids)
""")
_ORGANISATIONS = sa.text("SELECT id, name, slug, state, state_reason FROM organisation WHERE id = ANY(:ids)")
_INVITATIONS = sa.text("""
SELECT i.id, i.role, i.expires_at, i.accepted_at, i.withdrawn_at, g.name AS organisation_name
  FROM invitation i JOIN organisation g ON g.id = i.organisation_id WHERE i.id = ANY(:ids)
""")
_CERTIFICATES = sa.text("""
SELECT c.id, c.kind, c.number, c.year, c.minutes, c.prepared_at IS NOT NULL AS is_made, c.revoked_at
  FROM certificate c WHERE c.id = ANY(:ids)
""")
_PLACES = sa.text("SELECT id, concat_ws(', ', name, nullif(address, '')) AS name FROM place WHERE id = ANY(:ids)")


def load(rows: Sequence[Any], language: str | None = None) -> dict[int, Facts]:
    """Return the facts of each row (of a delivery or of the inbox, with the recipient's columns) by notification id.

    A mail speaks the language of the person, a page the one that is being read: `language`.
    """
    now = clock.now()
    signups = _signups(_subjects(rows, "signup"))
    openings = about_openings(_subjects(rows, "opening"), {row.recipient_id for row in rows})
    persons = about_persons(_subjects(rows, "person"))
    organisations = _by_id(_ORGANISATIONS, _subjects(rows, "organisation"))
    invitations = _by_id(_INVITATIONS, _subjects(rows, "invitation"))
    certificates = _by_id(_CERTIFICATES, _named(rows, "certificate_id"))
    links = mailed_links(_named(rows, "link_id"))
    adults = about_adults(_subjects(rows, "activity"), _subjects(rows, "declaration"))
    inboxes = about_inboxes(_subjects(rows, "announcement"))
    classes = about_classes(_subjects(rows, "block"))
    activities = about_activities(_subjects(rows, "news"))
    shared = _shared(rows)
    return {
        row.notification_id: Facts(
            recipient=_recipient(row, language),
            payload=row.payload,
            now=now,
            created_at=row.created_at,
            signup=signups.get(row.subject_id) if row.subject_type == "signup" else None,
            opening=openings.get(row.subject_id) if row.subject_type == "opening" else None,
            link=links.get(row.payload.get("link_id")),
            person=persons.get(row.subject_id) if row.subject_type == "person" else None,
            organisation=organisations.get(row.subject_id) if row.subject_type == "organisation" else None,
            invitation=invitations.get(row.subject_id) if row.subject_type == "invitation" else None,
            certificate=certificates.get(row.payload.get("certificate_id")),
            activity=activities.get(row.subject_id) if row.subject_type == "news" else None,
            adults=adults.get((row.subject_type, row.subject_id)),
            inbox=inboxes.get(row.subject_id) if row.subject_type == "announcement" else None,
            school_class=classes.get(row.subject_id) if row.subject_type == "block" else None,
            **shared,
        )
        for row in rows
    }


def of_opening(opening_id: int, recipient: Recipient) -> Facts:
    """Return what a message about places would say to `recipient` now."""
    now = clock.now()
    return Facts(recipient, {}, now, now, opening=about_openings({opening_id}, {recipient.id})[opening_id])


def _recipient(row: Any, language: str | None) -> Recipient:
    return Recipient(
        row.recipient_id, row.person_public_id, row.given_name, language or row.language, row.email, row.has_account
    )


def _subjects(rows: Iterable[Any], subject_type: str) -> set[int]:
    return {row.subject_id for row in rows if row.subject_type == subject_type}


def _named(rows: Iterable[Any], name: str) -> set[int]:
    return {row.payload[name] for row in rows if row.payload.get(name) is not None}


def _shared(rows: Sequence[Any]) -> dict[str, dict]:
    """Return what several messages may ask for by name: places, what is announced, what is followed."""
    topics = names_of({one for row in rows for one in row.payload.get("topics", ())})
    return {
        "places": {row.id: row.name for row in _by_id(_PLACES, _named(rows, "old_place_id")).values()},
        "announcements": texts_of(sorted(_named(rows, "announcement_id"))),
        "topics": {name: row.name for name, row in topics.items()},
    }


def _by_id(statement: sa.TextClause, ids: set[int], **values: Any) -> dict[int, Any]:
    if not ids:
        return {}
    return {row.id: row for row in session().execute(statement, {"ids": sorted(ids), **values})}


def _signups(ids: set[int]) -> dict[int, SignupFacts]:
    found = {}
    for id_, row in _by_id(_SIGNUPS, ids).items():
        values = dict(row._mapping)
        values["meetings"] = tuple(_meeting(one) for one in values["meetings"] or ())
        values["authorisation"] = _with_instant(values["authorisation"])
        values["offer"] = _with_instant(values["offer"])
        values["offered_with"] = tuple((name, tuple(answer)) for name, answer in values["offered_with"] or ())
        found[id_] = SignupFacts(**values)
    return found


def _meeting(columns: list) -> Meeting:
    id_, public_id, starts_at, ends_at, *rest, meets_at = columns
    met = datetime.fromisoformat(meets_at) if meets_at else None
    return Meeting(id_, public_id, datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at), *rest, met)


def _with_instant(value: dict | None) -> dict | None:
    if value is not None:
        value["expires_at"] = datetime.fromisoformat(value["expires_at"])
    return value
