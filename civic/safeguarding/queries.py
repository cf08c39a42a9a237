"""Reads of declarations: for owners and coordinators of the organisation, and for the safeguarding officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from civic.accounts.models import Person
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import NotFound
from civic.organisations.models import Membership
from civic.safeguarding.models import SafeguardingDeclaration
from civic.safeguarding.policy import Action, check_can
from civic.safeguarding.types import Adult, Outcome

# Of the membership `m`: what the organisation said last of that person, if it said anything.
LAST_DECLARATION = """
SELECT d.id, d.outcome, d.valid_until, d.declared_by_id = d.person_id AS is_own
  FROM safeguarding_declaration d
 WHERE d.organisation_id = m.organisation_id AND d.person_id = m.person_id
 ORDER BY d.id DESC LIMIT 1
"""
_MEMBERS = sa.text(f"""
SELECT p.public_id, concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS name, d.outcome, d.valid_until
  FROM membership m JOIN person p ON p.id = m.person_id LEFT JOIN LATERAL ({LAST_DECLARATION}) d ON true
 WHERE m.organisation_id = :organisation_id AND m.ended_at IS NULL
""")


# Whose certificate was declared not clear within a year, or clear again after it was not: every word that was said of them.
_TURNED = sa.text("""
SELECT g.name AS organisation, concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS name,
       d.outcome, d.declared_at, concat_ws(' ', nullif(b.given_name, ''), nullif(b.family_name, '')) AS declared_by
  FROM safeguarding_declaration d
  JOIN organisation g ON g.id = d.organisation_id
  JOIN person p ON p.id = d.person_id
  LEFT JOIN person b ON b.id = d.declared_by_id
 WHERE d.declared_at > :since
   AND (d.outcome = 'not_clear' OR (
       SELECT before.outcome FROM safeguarding_declaration before
        WHERE before.organisation_id = d.organisation_id AND before.person_id = d.person_id AND before.id < d.id
        ORDER BY before.id DESC LIMIT 1) = 'not_clear')
 ORDER BY d.id DESC LIMIT :most
""")
_TURNED_SINCE = timedelta(days=365)
_MOST_TURNED = 50


@dataclass(frozen=True, slots=True)
class TurnedRow:
    """A declaration that says no, or yes after a no: of whom, in which organisation, by whom and when."""

    organisation: str
    name: str
    outcome: Outcome
    declared_at: datetime
    declared_by: str


@dataclass(frozen=True, slots=True)
class DeclarationRow:
    """One declaration: what was seen, by whom it was declared and when."""

    outcome: Outcome
    issued_on: date
    seen_on: date
    valid_until: date
    declared_at: datetime
    declared_by: str | None


def last_outcome(organisation_id: int, person_id: int | None) -> Outcome | None:
    """Return what the organisation declared last of this person, None where it declared nothing."""
    one = SafeguardingDeclaration
    last = sa.select(one.outcome).where(one.organisation_id == organisation_id, one.person_id == person_id)
    return session().scalar(last.order_by(one.id.desc()).limit(1))


def adult_of(name: str, outcome: str | None, valid_until: date | str | None, is_shut_out: bool = False) -> Adult:
    """Return the adult that a row, or the JSON that a statement has made of it, speaks of."""
    day = date.fromisoformat(valid_until) if isinstance(valid_until, str) else valid_until
    return Adult(name, Outcome(outcome) if outcome else None, day, is_shut_out)


def list_adults(actor: Actor, organisation_id: int) -> dict[str, Adult]:
    """Return every member of the organisation with the last declaration about them, by the person's public id."""
    check_can(actor, Action.SEE, organisation_id)
    rows = session().execute(_MEMBERS, {"organisation_id": organisation_id})
    return {row.public_id: adult_of(row.name, row.outcome, row.valid_until) for row in rows}


def list_turned(actor: Actor) -> tuple[TurnedRow, ...]:
    """Return the declarations of a year that the safeguarding officer should look at, the newest first."""
    check_can(actor, Action.SEE_EVERYWHERE)
    rows = session().execute(_TURNED, {"since": clock.now() - _TURNED_SINCE, "most": _MOST_TURNED})
    return tuple(TurnedRow(row.organisation, row.name, Outcome(row.outcome), *row[3:]) for row in rows)


def list_declarations(actor: Actor, organisation_id: int, person_public_id: str) -> tuple[str, tuple[DeclarationRow, ...]]:
    """Return the name of a member and all that was declared about them, the newest first; NotFound for anybody else."""
    check_can(actor, Action.SEE, organisation_id)
    by = aliased(Person)
    member = (
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id, Membership.ended_at.is_(None), Person.public_id == person_public_id
        )
    )
    person = session().scalar(member)
    if person is None:
        raise NotFound
    row = SafeguardingDeclaration
    made = (
        sa.select(row, by)
        .outerjoin(by, by.id == row.declared_by_id)
        .where(row.organisation_id == organisation_id, row.person_id == person.id)
        .order_by(row.id.desc())
    )
    return person.full_name, tuple(
        DeclarationRow(
            one.outcome, one.issued_on, one.seen_on, one.valid_until, one.declared_at, author.full_name if author else None
        )
        for one, author in session().execute(made)
    )
