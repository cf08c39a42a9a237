"""Who may do what with organisations: one table from action to predicate."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from civic.kernel.actor import Actor, OrganisationRole, Role
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import N_


class Action(StrEnum):
    """What can be done."""

    REGISTER = "register"
    VERIFY = "verify"
    EDIT = "edit"
    MANAGE_MEMBERS = "manage_members"
    LEAVE = "leave"


POLICY: dict[Action, Callable[[Actor, int | None], bool]] = {
    Action.REGISTER: lambda actor, _organisation_id: actor.is_signed_in,
    Action.VERIFY: lambda actor, _organisation_id: (
        actor.has_second_factor and actor.has_role(Role.OFFICER, Role.PLATFORM_ADMINISTRATOR)
    ),
    Action.EDIT: lambda actor, organisation_id: (
        actor.has_second_factor and actor.is_in(organisation_id, OrganisationRole.OWNER, OrganisationRole.COORDINATOR)
    ),
    Action.MANAGE_MEMBERS: lambda actor, organisation_id: (
        actor.has_second_factor and actor.is_in(organisation_id, OrganisationRole.OWNER)
    ),
    Action.LEAVE: lambda actor, organisation_id: actor.is_in(organisation_id),
}


def check_can(actor: Actor, action: Action, organisation_id: int | None = None) -> None:
    """Raise NotAllowed unless the actor may; the system may everything."""
    if not (actor.is_system or POLICY[action](actor, organisation_id)):
        raise NotAllowed(N_("You are not allowed to do this."))
