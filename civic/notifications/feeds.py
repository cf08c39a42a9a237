"""Calendar feeds: an address that only its owner knows, under which a calendar program reads what they go to.

The address holds a signature over the feed and its version and nothing else, so none is kept; a new version makes the old address
void. The feed of an organisation belongs to a member, and ends with the membership.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.activities.policy import may_know
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound
from civic.notifications import settings
from civic.notifications.models import CalendarFeed

KEPT_FOR = timedelta(days=90)
MOST = 2_000
_PURPOSE = "calendar-feed"

_OWNER = sa.text("""
SELECT f.id, f.version, f.person_id, f.organisation_id, p.language, g.name AS organisation_name
  FROM calendar_feed f
  JOIN person p ON p.id = f.person_id AND p.erased_at IS NULL
  JOIN account c ON c.person_id = p.id AND c.confirmed_at IS NOT NULL AND c.disabled_at IS NULL
  LEFT JOIN organisation g ON g.id = f.organisation_id
 WHERE f.id = :id AND (f.organisation_id IS NULL OR EXISTS (
       SELECT FROM membership m
        WHERE m.person_id = f.person_id AND m.organisation_id = f.organisation_id AND m.ended_at IS NULL))
""")
_COLUMNS = """
o.public_id AS meeting, o.starts_at, o.ends_at, o.version, o.meets_at, a.title, a.slug,
       o.state <> 'scheduled' OR a.state <> 'published' AS is_cancelled,
       concat_ws(', ', p.name, nullif(p.address, '')) AS place"""
# One's own, and those of the children one answers for: without names, because the programs that ask are other people's.
_PERSONAL = sa.text(f"""
SELECT s.public_id AS owner, {_COLUMNS}, NULL::bigint AS taken, NULL::bigint AS capacity
  FROM signup s
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id AND a.state IN ('published', 'cancelled')
  JOIN occurrence o ON o.activity_id = a.id AND (x.occurrence_id IS NULL OR x.occurrence_id = o.id)
  LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
 WHERE s.state = 'confirmed' AND o.ends_at > :since
   AND (s.person_id = :person_id OR s.person_id IN (
        SELECT h.ward_id FROM guardianship h JOIN person w ON w.id = h.ward_id AND w.birth_on > :adult_born_on
         WHERE h.guardian_id = :person_id AND h.ended_at IS NULL))
 ORDER BY o.starts_at, s.id LIMIT :most
""")
_OF_ORGANISATION = sa.text(f"""
SELECT g.slug AS owner, {_COLUMNS},
       places.taken, places.capacity
  FROM activity a
  JOIN organisation g ON g.id = a.organisation_id
  JOIN occurrence o ON o.activity_id = a.id
  LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
  CROSS JOIN LATERAL (SELECT sum(x.taken) AS taken, sum(x.capacity) AS capacity FROM opening x
                       WHERE x.activity_id = a.id AND (x.occurrence_id IS NULL OR x.occurrence_id = o.id)) places
 WHERE a.organisation_id = :organisation_id AND a.state IN ('published', 'cancelled') AND o.ends_at > :since
 ORDER BY o.starts_at, o.id LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class FeedOwner:
    """Whose feed it is; of an organisation where `organisation_id` is there."""

    person_id: int
    organisation_id: int | None
    organisation_name: str | None
    language: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A meeting in a feed; `taken` and `capacity` only for who runs it."""

    uid: str
    version: int
    starts_at: datetime
    ends_at: datetime
    meets_at: datetime | None
    title: str
    slug: str
    place: str
    is_cancelled: bool
    taken: int | None
    capacity: int | None


def address_of(actor: Actor, organisation_id: int | None = None) -> str | None:
    """Return the path of the actor's feed, or None where there is none."""
    row = session().scalar(_of(actor, organisation_id))
    return f"/calendari/{_token(row.id, row.version)}.ics" if row else None


def make_address(actor: Actor, organisation_id: int | None = None) -> None:
    """Give the actor a feed, or the feed a new address: under the old one there is nothing. NotFound for who is no member."""
    if actor.person_id is None or (organisation_id is not None and not may_know(actor, organisation_id)):
        raise NotFound
    statement = insert(CalendarFeed).values(
        person_id=actor.person_id, organisation_id=organisation_id, version=1, created_at=clock.now()
    )
    renewed = {"version": CalendarFeed.version + 1, "created_at": clock.now()}
    writing().execute(
        statement.on_conflict_do_update(index_elements=["person_id", "organisation_id"], set_=renewed),
    )


def end_address(actor: Actor, organisation_id: int | None = None) -> None:
    """Take the actor's feed away. Its number is not given again, so an old address stays void."""
    writing().execute(sa.delete(CalendarFeed).where(*_whose(actor, organisation_id)))


def owner_of(token: str) -> FeedOwner:
    """Return whose feed the address is; NotFound for one that is made up, void, or of somebody who has gone."""
    number, _dot, rest = token.partition(".")
    version, _dot, signature = rest.partition(".")
    if not (_is_number(number) and _is_number(version) and crypto.is_signed(signature, _PURPOSE, int(number), int(version))):
        raise NotFound
    row = session().execute(_OWNER, {"id": int(number)}).one_or_none()
    if row is None or row.version != int(version):
        raise NotFound
    return FeedOwner(row.person_id, row.organisation_id, row.organisation_name, row.language)


def list_entries(owner: FeedOwner) -> list[FeedEntry]:
    """Return the meetings from three months ago on, the first first; the cancelled ones too, for calendars to strike out."""
    values: dict[str, Any] = {"since": clock.now() - KEPT_FOR, "most": MOST}
    if owner.organisation_id is not None:
        rows = session().execute(_OF_ORGANISATION, {**values, "organisation_id": owner.organisation_id})
    else:
        adult_born_on = born_on_or_before(ADULT_AGE, clock.today())
        rows = session().execute(_PERSONAL, {**values, "person_id": owner.person_id, "adult_born_on": adult_born_on})
    return [_entry(row) for row in rows]


def _entry(row: Any) -> FeedEntry:
    """A meeting has the UID that the mails about it gave it: a calendar that knows it from there has it once."""
    return FeedEntry(
        uid=f"{row.meeting}-{row.owner}@{settings.current().domain}",
        version=row.version,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        meets_at=row.meets_at,
        title=row.title,
        slug=row.slug,
        place=row.place,
        is_cancelled=row.is_cancelled,
        taken=row.taken,
        capacity=row.capacity,
    )


def _of(actor: Actor, organisation_id: int | None) -> sa.Select:
    return sa.select(CalendarFeed).where(*_whose(actor, organisation_id)).execution_options(populate_existing=True)


def _whose(actor: Actor, organisation_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    of_organisation = CalendarFeed.organisation_id.is_not_distinct_from(organisation_id)
    return CalendarFeed.person_id == actor.person_id, of_organisation


def _token(feed_id: int, version: int) -> str:
    return f"{feed_id}.{version}.{crypto.sign(_PURPOSE, feed_id, version)}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
