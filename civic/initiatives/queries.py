"""Reads of initiatives: public ones are published and led by a verified organisation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.initiatives.models import Initiative
from civic.kernel.actor import Actor
from civic.kernel.db import session
from civic.kernel.errors import NotFound
from civic.kernel.i18n import current_language
from civic.organisations.models import Organisation
from civic.organisations.types import OrganisationState
from civic.programme.models import Action

PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class InitiativeRow:
    """An initiative with who leads it and the action it hangs on."""

    id: int
    public_id: str
    slug: str
    title: str
    summary: str
    published_at: datetime | None
    organisation_id: int
    organisation_name: str
    organisation_slug: str
    action_slug: str
    action_name_it: str
    action_name_en: str

    @property
    def action_name(self) -> str:
        """The action in the language of the page."""
        return self.action_name_en if current_language() == "en" else self.action_name_it


_ROW = (
    sa.select(
        Initiative.id,
        Initiative.public_id,
        Initiative.slug,
        Initiative.title,
        Initiative.summary,
        Initiative.published_at,
        Initiative.organisation_id,
        Organisation.name.label("organisation_name"),
        Organisation.slug.label("organisation_slug"),
        Action.slug.label("action_slug"),
        Action.name_it.label("action_name_it"),
        Action.name_en.label("action_name_en"),
    )
    .join(Organisation, Organisation.id == Initiative.organisation_id)
    .join(Action, Action.id == Initiative.action_id)
)
_PUBLIC = sa.and_(Initiative.published_at.is_not(None), Organisation.state == OrganisationState.VERIFIED)


def list_public(action_slug: str | None = None, page: int = 1) -> tuple[tuple[InitiativeRow, ...], int]:
    """Return one page of the public initiatives, the newest first, and how many there are in all."""
    statement = _ROW.add_columns(sa.func.count().over().label("total")).where(_PUBLIC)
    if action_slug:
        statement = statement.where(Action.slug == action_slug)
    statement = statement.order_by(Initiative.published_at.desc(), Initiative.id.desc())
    rows = session().execute(statement.limit(PER_PAGE).offset((max(page, 1) - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        return list_public(action_slug)
    return tuple(InitiativeRow(*row[:-1]) for row in rows), (rows[0].total if rows else 0)


def get_public(slug: str) -> InitiativeRow:
    """Return the public initiative that the address names."""
    return _one(_ROW.where(Initiative.slug == slug, _PUBLIC))


def list_of_organisation(organisation_id: int) -> tuple[InitiativeRow, ...]:
    """Return everything the organisation leads, public or not, by title."""
    statement = _ROW.where(Initiative.organisation_id == organisation_id).order_by(Initiative.title, Initiative.id)
    return tuple(InitiativeRow(*row) for row in session().execute(statement))


def get_own(actor: Actor, public_id: str) -> InitiativeRow:
    """Return the initiative for a member of the organisation; raise NotFound for everybody else."""
    row = _one(_ROW.where(Initiative.public_id == public_id))
    if not actor.is_in(row.organisation_id):
        raise NotFound
    return row


def _one(statement: sa.Select) -> InitiativeRow:
    row = session().execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return InitiativeRow(*row)
