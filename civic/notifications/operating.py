"""What who runs the platform does about sending: stop it, let it go on, try again, decide about what is in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor, Role
from civic.kernel.db import writing
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import N_
from civic.notifications.breaker import ALL
from civic.notifications.models import SendingPause
from civic.notifications.types import Channel, DeliveryState

BY_HAND = "by hand"

_OF_GROUP = """
  FROM notification n
 WHERE n.id = d.notification_id AND d.state = :state AND n.kind = :kind AND coalesce(d.last_error, '') = :error
   AND d.last_code IS NOT DISTINCT FROM CAST(:code AS smallint)
"""
_AGAIN = sa.text(f"""
UPDATE delivery d SET state = 'queued', attempts = 0, next_attempt_at = :now, final_at = NULL {_OF_GROUP}
   AND n.cancelled_at IS NULL AND n.expires_at > :now
""")
_DROP = sa.text(f"UPDATE delivery d SET state = 'cancelled', final_at = :now {_OF_GROUP}")
_DROP_WAITING = sa.text("""
UPDATE delivery d SET state = 'cancelled', final_at = :now FROM notification n
 WHERE n.id = d.notification_id AND d.state IN ('queued', 'retry') AND n.created_at < :before
""")


@dataclass(frozen=True, slots=True)
class Group:
    """Deliveries that are in trouble for one reason, as the page lists them."""

    state: DeliveryState
    kind: str
    code: int | None
    error: str


def can_operate(actor: Actor) -> bool:
    """Whether the actor runs the platform."""
    return actor.is_system or (actor.has_role(Role.PLATFORM_ADMINISTRATOR) and actor.has_second_factor)


def stop_sending(actor: Actor) -> None:
    """Send nothing to anybody from now on, until somebody lets it go on; what is due waits."""
    _check(actor)
    values = {"reason": BY_HAND, "since": clock.now(), "until": None, "times": 0}
    statement = insert(SendingPause).values(channel=Channel.EMAIL, domain=ALL, **values)
    writing().execute(statement.on_conflict_do_update(index_elements=["channel", "domain"], set_=values))
    audit.record(actor, "stop_sending", "delivery", 0)


def go_on(actor: Actor, domain: str = ALL) -> bool:
    """Send again to `domain`, or to everybody; return whether it had been stopped."""
    _check(actor)
    lifted = writing().execute(sa.delete(SendingPause).where(SendingPause.domain == domain)).rowcount
    if lifted:
        audit.record(actor, "resume_sending", "delivery", 0, domain=domain)
    return lifted == 1


def try_again(actor: Actor, group: Group) -> int:
    """Send what failed, or was held back, once more; return how many are still worth it."""
    _check(actor)
    return _change(actor, "retry_deliveries", _AGAIN, group, {DeliveryState.FAILED, DeliveryState.HELD})


def drop(actor: Actor, group: Group) -> int:
    """Do not send what is held back: perhaps it has arrived, and twice would be worse; return how many."""
    _check(actor)
    return _change(actor, "drop_deliveries", _DROP, group, {DeliveryState.HELD})


def drop_waiting(actor: Actor, before: datetime) -> int:
    """Take back all that waits and was written before a moment, as after restoring a dump; return how many."""
    _check(actor)
    dropped = writing().execute(_DROP_WAITING, {"now": clock.now(), "before": before}).rowcount
    audit.record(actor, "drop_waiting", "delivery", 0, messages=dropped)
    return dropped


def _change(actor: Actor, action: str, statement: sa.TextClause, group: Group, allowed: set[DeliveryState]) -> int:
    if group.state not in allowed:
        return 0
    values: dict[str, Any] = {
        "state": group.state.value,
        "kind": group.kind,
        "code": group.code,
        "error": group.error,
        "now": clock.now(),
    }
    changed = writing().execute(statement, values).rowcount
    if changed:
        audit.record(actor, action, "delivery", 0, kind=group.kind, messages=changed)
    return changed


def _check(actor: Actor) -> None:
    if not can_operate(actor):
        raise NotAllowed(N_("You are not allowed to do this."))
