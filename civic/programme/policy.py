"""Who may change what the city funds: reading it is for everybody."""

from __future__ import annotations

from civic.kernel.actor import Actor, Role
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import N_


def can_seed(actor: Actor) -> bool:
    """Whether `actor` may load the programme from its files."""
    return actor.is_system or actor.has_role(Role.PLATFORM_ADMINISTRATOR)


def check_can_seed(actor: Actor) -> None:
    """Raise NotAllowed unless `actor` may load the programme from its files."""
    if not can_seed(actor):
        raise NotAllowed(N_("Only the platform's administrators may load the programme."))
