"""How an initiative comes to be, changes its words and is shown."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.audit import services as audit
from civic.initiatives.models import Initiative
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import new_public_id, slugify
from civic.organisations.policy import Action, check_can
from civic.organisations.queries import is_verified
from civic.programme.queries import get_action

TITLE_LENGTH = 120
SUMMARY_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class InitiativeFields:
    """What an organisation says of an initiative; `action_slug` is the action it hangs on."""

    title: str
    summary: str
    action_slug: str
    is_public: bool = False


def create_initiative(actor: Actor, organisation_id: int, fields: InitiativeFields) -> Initiative:
    """Write an initiative that the organisation leads, public at once if so asked."""
    _check_may_edit(actor, organisation_id)
    initiative = Initiative(
        public_id=new_public_id(),
        slug=_free_slug(fields.title),
        organisation_id=organisation_id,
        created_at=clock.now(),
    )
    _write(initiative, fields)
    writing().add(initiative)
    writing().flush()
    audit.record(actor, "create_initiative", "initiative", initiative.id)
    return initiative


def update_initiative(actor: Actor, public_id: str, fields: InitiativeFields) -> Initiative:
    """Change the words of an initiative, and whether it is public."""
    initiative = writing().scalar(sa.select(Initiative).where(Initiative.public_id == public_id).with_for_update())
    if initiative is None:
        raise NotFound
    _check_may_edit(actor, initiative.organisation_id)
    _write(initiative, fields)
    writing().flush()
    audit.record(actor, "update_initiative", "initiative", initiative.id, public=fields.is_public)
    return initiative


def _check_may_edit(actor: Actor, organisation_id: int) -> None:
    if not (actor.is_system or actor.is_in(organisation_id)):
        raise NotFound
    check_can(actor, Action.EDIT, organisation_id)


def _write(initiative: Initiative, fields: InitiativeFields) -> None:
    if not fields.title.strip():
        raise RuleBroken(N_("Give the initiative a title."), field="title")
    if len(fields.title) > TITLE_LENGTH:
        raise RuleBroken(N_("The title has at most 120 characters."), field="title")
    if len(fields.summary) > SUMMARY_LENGTH:
        raise RuleBroken(N_("At most %(count)s characters."), field="summary", count=SUMMARY_LENGTH)
    if fields.is_public and not is_verified(initiative.organisation_id):
        raise RuleBroken(N_("The administration has not verified the organisation yet: you can publish after that."))
    initiative.title = fields.title.strip()
    initiative.summary = fields.summary.strip()
    initiative.action_id = get_action(fields.action_slug).id
    if not fields.is_public:
        initiative.published_at = None
    elif initiative.published_at is None:
        initiative.published_at = clock.now()


def _free_slug(title: str) -> str:
    base = slugify(title)
    like = sa.or_(Initiative.slug == base, Initiative.slug.like(base + "-%"))
    taken = set(session().scalars(sa.select(Initiative.slug).where(like)))
    if base not in taken:
        return base
    return next(free for number in range(2, len(taken) + 3) if (free := f"{base}-{number}") not in taken)
