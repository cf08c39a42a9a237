"""What changes the programme: today only loading it from its files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from civic.kernel.actor import Actor
from civic.kernel.db import Base, writing
from civic.kernel.ids import new_public_id
from civic.programme import catalogue, policy
from civic.programme.models import Action, Axis, Place, Quartiere, Zona
from civic.programme.types import ActionFacts, PlaceFacts


def seed_programme(actor: Actor) -> None:
    """The axis, its actions, the quartieri, zone and known places are as their files say; twice is as good as once.

    Places keep their public id and any point on the map that somebody has given them since.
    """
    policy.check_can_seed(actor)
    axis_id = _upsert(Axis, "code", [asdict(catalogue.axis())])[catalogue.axis().code]
    _upsert(Action, "slug", [_action_row(facts, axis_id) for facts in catalogue.actions()])
    quartieri = _upsert(Quartiere, "code", [asdict(facts) for facts in catalogue.quartieri()])
    _upsert(
        Zona,
        "code",
        [{"code": zona.code, "name": zona.name, "quartiere_id": quartieri[zona.quartiere_code]} for zona in catalogue.zone()],
    )
    ids_by_name = {facts.name: quartieri[facts.code] for facts in catalogue.quartieri()}
    _upsert(Place, "slug", [_place_row(facts, ids_by_name) for facts in catalogue.places()])


def _action_row(facts: ActionFacts, axis_id: int) -> dict[str, Any]:
    row = asdict(facts) | {"axis_id": axis_id}
    del row["also"]
    return row


def _place_row(facts: PlaceFacts, quartieri: dict[str, int]) -> dict[str, Any]:
    row = asdict(facts)
    name = row.pop("quartiere")
    return row | {
        "public_id": new_public_id(),
        "quartiere_id": quartieri[name] if name else None,
    }


def _upsert(model: type[Base], key: str, rows: list[dict[str, Any]]) -> dict[str, int]:
    """Make the table hold `rows`, told apart by `key`; return the id of each by its key."""
    statement = insert(model).values(rows)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in (key, "public_id")}
    statement = statement.on_conflict_do_update(index_elements=[key], set_=changed)
    table = model.__table__
    returned = writing().execute(statement.returning(table.c[key], table.c.id))
    return {row[0]: row[1] for row in returned}
