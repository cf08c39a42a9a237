"""Every read of the programme."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from civic.kernel.db import fetch, session
from civic.kernel.errors import NotFound
from civic.programme.models import Action, Axis, Place, Zona
from civic.programme.names import match_place
from civic.programme.types import ActionSummary, ProgrammeOverview


def list_actions() -> list[Action]:
    """Return the actions in their published order."""
    return list(session().scalars(sa.select(Action).order_by(Action.position, Action.id)))


def find_action(slug: str) -> Action | None:
    """Return the action with this slug, or None."""
    return session().scalar(sa.select(Action).where(Action.slug == slug))


def get_action(slug: str) -> Action:
    """Return the action with this slug; raise NotFound otherwise."""
    action = find_action(slug)
    if action is None:
        raise NotFound
    return action


def list_quartieri() -> Sequence[Any]:
    """Return id, code, slug and name of the quartieri, by name: every public list offers them."""
    return fetch("SELECT id, code, slug, name FROM quartiere ORDER BY name", {})


def list_zone(quartiere_id: int) -> list[Zona]:
    """Return the zone of a quartiere by name."""
    return list(session().scalars(sa.select(Zona).where(Zona.quartiere_id == quartiere_id).order_by(Zona.name)))


def list_places(quartiere_id: int | None = None) -> list[Place]:
    """Return the places by name, those of one quartiere where it is given."""
    statement = sa.select(Place).order_by(Place.name, Place.id)
    if quartiere_id is not None:
        statement = statement.where(Place.quartiere_id == quartiere_id)
    return list(session().scalars(statement))


def get_place(slug: str) -> Place:
    """Return the place with this slug; raise NotFound otherwise."""
    place = session().scalar(sa.select(Place).where(Place.slug == slug))
    if place is None:
        raise NotFound
    return place


def find_place_by_name(name: str) -> Place | None:
    """Return the one place that `name` means, however it is spelt; None where none or several fit."""
    return match_place(name, list_places())


def get_programme() -> ProgrammeOverview:
    """Return the axis with its actions and budget in one statement; raise NotFound before anything was seeded."""
    rows = session().execute(
        sa.select(Axis, Action).outerjoin(Action, Action.axis_id == Axis.id).order_by(Axis.id, Action.position)
    )
    pairs = rows.all()
    if not pairs:
        raise NotFound
    axis = pairs[0][0]
    actions = tuple(_summary(action) for owner, action in pairs if owner is axis and action is not None)
    return ProgrammeOverview(
        code=axis.code,
        name_it=axis.name_it,
        name_en=axis.name_en,
        axis_amount=axis.amount,
        actions=actions,
        parts_total=sum((action.amount for action in actions), Decimal("0.00")),
    )


def _summary(action: Action) -> ActionSummary:
    return ActionSummary(
        slug=action.slug,
        code=action.code,
        name_it=action.name_it,
        name_en=action.name_en,
        starts_on=action.starts_on,
        ends_on=action.ends_on,
        amount=action.amount,
    )
