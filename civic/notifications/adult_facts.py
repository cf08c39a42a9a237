"""What messages about who conducts minors are made from: the workshop as it stands, the declaration, who writes for both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from civic.activities.queries.conducting import FOR_MINORS, ConductedActivity, list_conducted
from civic.kernel.db import session

_DECLARATIONS = sa.text(f"""
SELECT d.id, d.valid_until, d.organisation_id, g.name AS organisation_name, g.slug AS organisation_slug,
       p.public_id AS person_public_id, concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS name,
       d.outcome = 'clear' AND NOT EXISTS (
         SELECT FROM safeguarding_declaration later
          WHERE later.organisation_id = d.organisation_id AND later.person_id = d.person_id AND later.id > d.id) AS is_last,
       (SELECT max(a.ends_at) FROM membership m JOIN activity_facilitator f ON f.membership_id = m.id
          JOIN activity a ON a.id = f.activity_id AND a.state = 'published' AND {FOR_MINORS}
         WHERE m.organisation_id = d.organisation_id AND m.person_id = d.person_id AND m.ended_at IS NULL) AS conducts_until
  FROM safeguarding_declaration d JOIN organisation g ON g.id = d.organisation_id JOIN person p ON p.id = d.person_id
 WHERE d.id = ANY(:ids)
""")
_OFFICERS = sa.text("SELECT DISTINCT person_id FROM role_grant WHERE ended_at IS NULL AND role = 'safeguarding_officer'")
_EDITORS = sa.text("""
SELECT m.organisation_id, array_agg(m.person_id) AS people FROM membership m
 WHERE m.organisation_id = ANY(:ids) AND m.ended_at IS NULL AND m.role IN ('owner', 'coordinator')
 GROUP BY m.organisation_id
""")


@dataclass(frozen=True, slots=True)
class AdultFacts:
    """A workshop with who conducts it, or a declaration.

    `editors` are the owners and coordinators of its organisation; `officers` watch over minors, and over declarations.
    """

    editors: tuple[int, ...]
    conducted: ConductedActivity | None = None
    declaration: Any = None
    officers: tuple[int, ...] = ()


def about_adults(activity_ids: Iterable[int], declaration_ids: Iterable[int]) -> dict[tuple[str, int], AdultFacts]:
    """Return the facts of messages whose subject is an activity or a declaration, by that subject; nothing is read for none."""
    conducted = list_conducted(activity_ids) if activity_ids else {}
    declared = {row.id: row for row in _rows(_DECLARATIONS, declaration_ids)}
    of = {one.organisation_id for one in (*conducted.values(), *declared.values())}
    editors = {row.organisation_id: tuple(row.people) for row in _rows(_EDITORS, of)}
    found = {("activity", id_): AdultFacts(editors.get(one.organisation_id, ()), one) for id_, one in conducted.items()}
    officers = tuple(session().scalars(_OFFICERS)) if declared else ()
    return found | {
        ("declaration", id_): AdultFacts(editors.get(row.organisation_id, ()), declaration=row, officers=officers)
        for id_, row in declared.items()
    }


def _rows(statement: sa.TextClause, ids: Iterable[int]) -> list[Any]:
    return list(session().execute(statement, {"ids": sorted(ids)})) if ids else []
