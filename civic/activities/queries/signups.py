"""Signups as the people they belong to see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from civic.activities.policy import Action, Target, can
from civic.activities.queries.yeses import HAS_A_YES, HAS_EVERY_YES
from civic.activities.types import SignupState
from civic.kernel.actor import Actor
from civic.kernel.db import fetch, fetch_one
from civic.kernel.errors import NotFound

_COLUMNS = f"""
SELECT s.id, s.public_id, s.state, s.hold_until, s.joined_at, s.needs_authorisation, s.person_id, s.created_by_id,
       s.opening_id, s.activity_id, w.given_name, w.family_name, w.birth_on, a.title, a.slug, a.kind, a.organisation_id,
       a.private_details, a.contact,
       a.cancelled_reason, a.accessibility, g.name AS organisation_name, x.role, x.kind AS opening_kind,
       coalesce(o.starts_at, a.starts_at) AS starts_at, coalesce(o.ends_at, a.ends_at) AS ends_at,
       coalesce(o.starts_at, a.last_entry_at) AS last_entry_at,
       p.name AS place_name, p.address AS place_address, q.name AS quartiere_name, q.code AS quartiere_code,
       (x.open_to_all - x.taken) AS free, coalesce(o.signup_closes_at, a.signup_closes_at) AS signup_closes_at, o.meets_at,
       CASE WHEN a.entry_mode = 'draw' THEN a.draw_at END AS draw_at, x.drawn_at,
       (SELECT e.code FROM draw_entry e WHERE e.signup_id = s.id) AS draw_code,
       CASE WHEN s.state = 'waiting' THEN (SELECT count(*) + 1 FROM signup ahead
             WHERE ahead.opening_id = s.opening_id AND ahead.state = 'waiting'
               AND (ahead.priority, ahead.joined_at, ahead.id) < (s.priority, s.joined_at, s.id))
            WHEN s.state = 'offered' THEN (SELECT greatest(count(*), 1) FROM signup ahead
             WHERE ahead.opening_id = s.opening_id AND ahead.state = 'waiting') END AS position,
       CASE WHEN s.state = 'expired' THEN (SELECT m.before FROM signup_move m WHERE m.signup_id = s.id
             ORDER BY m.id DESC LIMIT 1) END AS ended_from,
       (SELECT json_build_object('answer', h.answer, 'expires_at', h.expires_at, 'resends', h.resends,
               'email', gp.email) FROM authorisation h JOIN person gp ON gp.id = h.guardian_id
         WHERE h.signup_id = s.id AND h.withdrawn_at IS NULL ORDER BY h.answer IS NULL DESC, h.id DESC LIMIT 1) AS authorisation,
       (SELECT min(n.starts_at) FROM occurrence n WHERE n.activity_id = a.id AND n.state = 'scheduled'
           AND (x.occurrence_id IS NULL OR n.id = x.occurrence_id) AND n.ends_at > %(now)s) AS next_starts_at,
       (s.needs_authorisation AND NOT {HAS_EVERY_YES}) AS lacks_yes, {HAS_A_YES} AS has_a_yes,
       EXISTS (SELECT FROM sibling n JOIN sibling m ON m.first_id = n.first_id AND m.signup_id <> n.signup_id
                 JOIN signup ms ON ms.id = m.signup_id AND ms.state IN ('waiting', 'offered')
                WHERE n.signup_id = s.id) AS together{{more}}
  FROM signup s
  JOIN person w ON w.id = s.person_id
  JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id
  JOIN organisation g ON g.id = a.organisation_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
  LEFT JOIN place p ON p.id = coalesce(o.place_id, a.place_id)
  LEFT JOIN quartiere q ON q.id = p.quartiere_id
"""
# How often a place was offered before; what else the person has at the same time, as long as the signup is live.
_CLASHES = """,
       (SELECT count(*) FROM offer f WHERE f.signup_id = s.id AND f.answer IS NOT NULL) AS offers,
       (SELECT json_agg(json_build_object('id', c.id, 'title', ca.title, 'organisation_id', ca.organisation_id,
               'starts_at', co.starts_at, 'ends_at', co.ends_at) ORDER BY co.starts_at, c.id)
          FROM signup c
          JOIN opening cx ON cx.id = c.opening_id
          JOIN activity ca ON ca.id = c.activity_id
          JOIN occurrence co ON co.activity_id = c.activity_id AND co.state = 'scheduled'
                            AND (cx.occurrence_id IS NULL OR cx.occurrence_id = co.id)
          JOIN occurrence mo ON mo.activity_id = s.activity_id AND mo.state = 'scheduled'
                            AND (x.occurrence_id IS NULL OR x.occurrence_id = mo.id)
         WHERE c.person_id = s.person_id AND c.id <> s.id
           AND c.state IN ('unconfirmed', 'requested', 'pending_guardian', 'confirmed', 'offered')
           AND co.starts_at < mo.ends_at AND mo.starts_at < co.ends_at AND mo.ends_at > %(now)s) AS clashes"""

_ONE = _COLUMNS.format(more=_CLASHES) + " WHERE s.public_id = %(public_id)s"
_MINE = (
    _COLUMNS.format(more="")
    + " WHERE s.person_id = ANY(%(people)s) ORDER BY (s.state IN ('cancelled', 'expired', 'declined')), "
    "coalesce(o.starts_at, a.starts_at) DESC LIMIT 200"
)


_WAITS = (SignupState.REQUESTED, SignupState.WAITING)


@dataclass(frozen=True, slots=True)
class SignupView:
    """A signup with what its page shows. `row` has the columns, `state` as a word of the engine."""

    row: Any
    state: SignupState

    def state_at(self, now: datetime) -> SignupState:
        """Return where the signup stands at `now`, whether or not the job has come round.

        A hold that ran out has ended, a missed offer waits again, and nobody waits for what has begun.
        """
        held = self.row.hold_until is None or self.row.hold_until > now
        if self.state is SignupState.OFFERED:
            state = SignupState.OFFERED if held else SignupState.WAITING
        else:
            state = self.state if held else SignupState.EXPIRED
        return SignupState.EXPIRED if self._is_too_late(now) and state in _WAITS else state

    def found_no_place(self, now: datetime) -> bool:
        """Whether it began while the person still waited or had asked."""
        waited = self.state in _WAITS or self.row.ended_from in _WAITS
        return self._is_too_late(now) and waited and self.state_at(now) is SignupState.EXPIRED

    def _is_too_late(self, now: datetime) -> bool:
        return self.row.last_entry_at is not None and self.row.last_entry_at <= now


def get_signup_for(actor: Actor, public_id: str, now: datetime) -> SignupView:
    """Return the signup for the person, their guardian or the organisation; NotFound for everybody else."""
    row = fetch_one(_ONE, {"public_id": public_id, "now": now})
    if row is None:
        raise NotFound
    target = Target(organisation_id=row.organisation_id, person_id=row.person_id)
    if not can(actor, Action.SEE_SIGNUP, target):
        raise NotFound
    return SignupView(row, SignupState(row.state))


def list_signups_of(actor: Actor, now: datetime) -> tuple[SignupView, ...]:
    """Return the signups of the actor and of the young people they answer for, live ones first."""
    people = [actor.person_id, *actor.wards]
    rows = fetch(_MINE, {"people": people, "now": now})
    return tuple(SignupView(row, SignupState(row.state)) for row in rows)
