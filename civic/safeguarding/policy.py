"""Who may know of declarations, and make them: one table from action to predicate."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from civic.kernel.actor import Actor, OrganisationRole, Role
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import N_


class Action(StrEnum):
    """What can be done."""

    DECLARE = "declare"
    SEE = "see"
    SEE_EVERYWHERE = "see_everywhere"


def _edits(actor: Actor, organisation_id: int | None) -> bool:
    return actor.has_second_factor and actor.is_in(organisation_id, OrganisationRole.OWNER, OrganisationRole.COORDINATOR)


def _safeguards(actor: Actor, _organisation_id: int | None) -> bool:
    return actor.has_second_factor and actor.has_role(Role.SAFEGUARDING_OFFICER)


POLICY: dict[Action, Callable[[Actor, int | None], bool]] = {
    Action.DECLARE: _edits,
    Action.SEE: _edits,
    Action.SEE_EVERYWHERE: _safeguards,
}


def can(actor: Actor, action: Action, organisation_id: int | None = None) -> bool:
    """Whether the actor may; the system may everything."""
    return actor.is_system or POLICY[action](actor, organisation_id)


def check_can(actor: Actor, action: Action, organisation_id: int | None = None) -> None:
    """Raise NotAllowed unless the actor may."""
    if not can(actor, action, organisation_id):
        raise NotAllowed(N_("You are not allowed to do this."))
