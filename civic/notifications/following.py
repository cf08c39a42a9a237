"""Following: what people want to hear of, and telling them, in one statement, when something new matches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.accounts.rules import born_on_or_before
from civic.accounts.types import ADULT_AGE
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.notifications.catalogue import MESSAGES
from civic.notifications.models import Follow
from civic.notifications.topics import Subject, Topic, names_of, read_topic
from civic.notifications.writing import ONCE, WRITTEN, earliest, values_of

MOST = 100

# A workshop in which hands are wanted is news for who follows volunteering as well. Whoever is of the organisation knows, and
# so does who has signed up; a minor hears of nothing that is for who is of age, and nobody of what is not for their age.
_MATCHED = """
  SELECT f.person_id AS recipient_id, jsonb_agg(f.topic ORDER BY f.topic) AS topics
    FROM activity a
    JOIN organisation g ON g.id = a.organisation_id AND g.state = 'verified'
    LEFT JOIN place l ON l.id = a.place_id
    JOIN follow f ON f.topic IN ('organisation:' || a.organisation_id, 'quartiere:' || l.quartiere_id, 'kind:' || a.kind)
              OR (f.topic = 'kind:volunteering' AND EXISTS (
                  SELECT FROM opening x WHERE x.activity_id = a.id AND x.kind = 'volunteering' AND x.closed_at IS NULL))
    JOIN person p ON p.id = f.person_id AND p.erased_at IS NULL
    JOIN account c ON c.person_id = p.id AND c.confirmed_at IS NOT NULL AND c.disabled_at IS NULL
   WHERE a.id = :activity_id AND a.state = 'published' AND a.ends_at > :now AND NOT a.is_counselling
     AND (p.birth_on IS NULL OR (
          (a.age_min IS NULL OR p.birth_on <= (a.starts_at AT TIME ZONE 'Europe/Rome')::date - make_interval(years => a.age_min))
      AND (a.age_max IS NULL OR p.birth_on >
           (a.starts_at AT TIME ZONE 'Europe/Rome')::date - make_interval(years => a.age_max + 1))))
     AND (p.birth_on <= :adult_born_on OR EXISTS (
          SELECT FROM opening x WHERE x.activity_id = a.id AND x.kind <> 'volunteering'))
     AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = p.id AND m.organisation_id = a.organisation_id
                        AND m.ended_at IS NULL)
     AND NOT EXISTS (SELECT FROM signup s WHERE s.person_id = p.id AND s.activity_id = a.id)
   GROUP BY f.person_id
"""
_WRITE = sa.text(f"""
WITH told AS ({_MATCHED}),
{WRITTEN}
  SELECT 'new_match', told.recipient_id, 'news', :activity_id,
         concat_ws(':', 'new_match', CAST(:activity_id AS bigint), told.recipient_id), jsonb_build_object('topics', told.topics),
         :urgency, :not_before, (SELECT a.ends_at FROM activity a WHERE a.id = :activity_id), :now, NULL
    FROM told
{ONCE}""").bindparams(
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("not_before", type_=sa.DateTime(timezone=True)),
)

@dataclass(frozen=True, slots=True)
class Followed:
    """Something that a person follows, with its name where it has one of its own."""

    topic: Topic
    name: str
    slug: str
    since: datetime


def tell_of_new(activity_id: int) -> int:
    """Write to everybody who follows something that the activity is; return how many mails will leave now or in a digest."""
    message, now = MESSAGES["new_match"], clock.now()
    values = {
        "activity_id": activity_id,
        "now": now,
        "not_before": earliest(message, now),
        "adult_born_on": born_on_or_before(ADULT_AGE, clock.today()),
        **values_of(message),
    }
    return writing().execute(_WRITE, values).rowcount


def follow(actor: Actor, topics: Iterable[Topic]) -> int:
    """Let the actor hear of what is new about these; return how many are new to them. RuleBroken past a hundred, NotFound
    where there is no such thing."""
    wanted = list(topics)
    known = {str(topic) for topic in wanted if topic.subject is Subject.KIND} | set(names_of(map(str, wanted)))
    if any(str(topic) not in known for topic in wanted):
        raise NotFound
    rows = [{"person_id": actor.person_id, "topic": str(topic), "created_at": clock.now()} for topic in wanted]
    if not rows:
        return 0
    added = writing().scalars(insert(Follow).values(rows).on_conflict_do_nothing().returning(Follow.topic)).all()
    if len(list_topics(actor)) > MOST:
        raise RuleBroken(N_("You follow a hundred things already: take one away first."))
    return len(added)


def unfollow(actor: Actor, topics: Iterable[Topic]) -> int:
    """Let the actor hear no more of these; return how many they followed."""
    names = [str(topic) for topic in topics]
    return writing().execute(sa.delete(Follow).where(Follow.person_id == actor.person_id, Follow.topic.in_(names))).rowcount


def list_topics(actor: Actor) -> set[Topic]:
    """Return what the actor follows."""
    found = session().scalars(sa.select(Follow.topic).where(Follow.person_id == actor.person_id))
    return {topic for topic in map(read_topic, found) if topic is not None}


def list_followed(actor: Actor, subject: Subject) -> list[Followed]:
    """Return the things of one sort that the actor follows and that are still there, by name."""
    rows = session().execute(sa.select(Follow.topic, Follow.created_at).where(Follow.person_id == actor.person_id)).all()
    names = names_of(row.topic for row in rows)
    followed = [(read_topic(row.topic), row) for row in rows]
    items = [
        Followed(topic, names[row.topic].name, names[row.topic].slug, row.created_at)
        for topic, row in followed
        if topic is not None and topic.subject is subject and row.topic in names
    ]
    return sorted(items, key=lambda one: one.name.lower())
