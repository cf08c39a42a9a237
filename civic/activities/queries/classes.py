"""The places of classes as their school and who runs the activity see them; who shows names records that they were seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from civic.accounts.services.links import MailedLink, mailed_links
from civic.activities.policy import Action, Target, can, check_can
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import NotFound
from civic.organisations.models import Organisation
from civic.organisations.types import OrganisationKind, OrganisationState

MOST = 500

_LIVE = "s.state IN ('pending_guardian', 'confirmed')"
_CLASSES = f"""
SELECT b.id, b.public_id, b.label, b.size, b.granted, b.unnamed, b.is_whole, b.names_until, b.asked_at, b.ended_at, b.ended_as,
       b.organisation_id AS school_id, b.teacher_id, b.activity_id, k.slug AS school_slug, k.name AS school_name,
       concat_ws(' ', nullif(t.given_name, ''), nullif(t.family_name, '')) AS teacher_name,
       a.title, a.slug, a.contact, a.organisation_id, g.name AS organisation_name, x.held_back,
       coalesce(o.starts_at, a.starts_at) AS starts_at, coalesce(o.ends_at, a.ends_at) AS ends_at,
       p.name AS place_name, p.address AS place_address,
       (SELECT json_agg(json_build_object('starts_at', n.starts_at, 'ends_at', n.ends_at) ORDER BY n.starts_at)
          FROM occurrence n WHERE n.activity_id = a.id AND n.state = 'scheduled'
           AND (x.occurrence_id IS NULL OR x.occurrence_id = n.id)) AS meetings,
       (SELECT count(*) FROM block_pupil u JOIN signup s ON s.id = u.signup_id WHERE u.block_id = b.id AND {_LIVE}) AS named
  FROM block b
  JOIN opening x ON x.id = b.opening_id
  JOIN activity a ON a.id = b.activity_id
  JOIN organisation g ON g.id = a.organisation_id
  JOIN organisation k ON k.id = b.organisation_id
  LEFT JOIN person t ON t.id = b.teacher_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
  LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
"""
_ORDER = " ORDER BY (b.ended_at IS NOT NULL), coalesce(o.starts_at, a.starts_at), b.id LIMIT :most"
_OF_SCHOOL = sa.text(
    _CLASSES
    + " WHERE b.organisation_id = :school_id AND (CAST(:teacher_id AS bigint) IS NULL OR b.teacher_id = :teacher_id)"
    + _ORDER
)
_OF_ACTIVITY = sa.text(_CLASSES + " WHERE b.activity_id = :activity_id" + _ORDER)
_ONE = sa.text(_CLASSES + " WHERE b.public_id = :public_id")
# Of each pupil what the school may know: the state, the presences and the minutes; neither who answers for them nor how to reach
# those, nor any note. A hold that has run out counts as ended, whether or not a job has come by.
_PUPILS = sa.text("""
SELECT s.public_id, w.given_name, w.family_name, s.hold_until, u.sheet_link_id,
       CASE WHEN s.state = 'pending_guardian' AND s.hold_until <= :now THEN 'expired' ELSE s.state END AS state,
       s.state IN ('pending_guardian', 'confirmed') AS is_live,
       (SELECT count(*) FROM attendance t WHERE t.signup_id = s.id AND t.state IN ('present', 'late', 'left_early')) AS attended,
       (SELECT coalesce(sum(t.minutes), 0) FROM attendance t WHERE t.signup_id = s.id) AS minutes,
       EXISTS (SELECT FROM authorisation h JOIN person g ON g.id = h.guardian_id
                WHERE h.signup_id = s.id AND h.answer IS NULL AND g.email IS NULL AND g.given_name = ''
                  AND NOT EXISTS (SELECT FROM account c WHERE c.person_id = g.id)) AS needs_sheet
  FROM block_pupil u JOIN signup s ON s.id = u.signup_id JOIN person w ON w.id = s.person_id
 WHERE u.block_id = :block_id AND w.erased_at IS NULL
 ORDER BY lower(w.family_name), lower(w.given_name), s.id
""")


def list_classes(actor: Actor, school_id: int) -> Sequence[Any]:
    """Return the classes of a school, those to come first: all for who writes for it, the own ones for who teaches."""
    check_can(actor, Action.ASK_FOR_CLASS, Target(organisation_id=school_id))
    writes = can(actor, Action.KEEP_CLASS, Target(organisation_id=school_id))
    values = {"school_id": school_id, "teacher_id": None if writes else actor.person_id, "most": MOST}
    return session().execute(_OF_SCHOOL, values).all()


def list_classes_of_activity(activity_id: int) -> Sequence[Any]:
    """Return the classes that hold places in an activity, or wait or have waited for them; the caller has let the actor in."""
    return session().execute(_OF_ACTIVITY, {"activity_id": activity_id, "most": MOST}).all()


def get_class(actor: Actor, school_id: int, public_id: str) -> Any:
    """Return a class of the school for whom it is theirs; NotFound for what is none of it."""
    row = session().execute(_ONE, {"public_id": public_id}).one_or_none()
    if row is None or row.school_id != school_id or not actor.is_in(school_id):
        raise NotFound
    check_can(actor, Action.KEEP_CLASS, Target(organisation_id=school_id, person_id=row.teacher_id))
    return row


def list_pupils(block_id: int) -> Sequence[Any]:
    """Return who was named, by name; the caller has let the actor in."""
    return session().execute(_PUPILS, {"block_id": block_id, "now": clock.now()}).all()


def list_sheets(block_id: int) -> list[tuple[Any, MailedLink]]:
    """Return whose family can still answer by the sheet that was printed last, with its link."""
    pupils = [one for one in list_pupils(block_id) if one.state == "pending_guardian" and one.sheet_link_id is not None]
    links = mailed_links(one.sheet_link_id for one in pupils)
    return [(one, links[one.sheet_link_id]) for one in pupils if links[one.sheet_link_id].is_usable]


def list_schools(among: Iterable[int] | None = None) -> Sequence[Any]:
    """Return the verified schools by name (slug and name), of those `among` where any are named."""
    schools = sa.select(Organisation.slug, Organisation.name).where(
        Organisation.kind == OrganisationKind.SCHOOL, Organisation.state == OrganisationState.VERIFIED
    )
    if among is not None:
        schools = schools.where(Organisation.id.in_(sorted(among)))
    return session().execute(schools.order_by(sa.func.lower(Organisation.name)).limit(MOST)).all()
