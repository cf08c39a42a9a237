"""What people want to hear of: categories switched off and on, effective at once."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.accounts.models import Person
from civic.kernel import clock
from civic.kernel.db import session
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.notifications.catalogue import GATHERED, SWITCHABLE, folded_kinds, kinds_to_switch_off
from civic.notifications.models import Preference
from civic.notifications.types import DEFAULT_MODES, Category, Mode

# What waits already does not leave either; on the site it can still be read.
_CANCEL_WAITING = sa.text("""
UPDATE delivery d SET state = 'cancelled', final_at = :now
  FROM notification n
 WHERE n.id = d.notification_id AND n.recipient_id = :person_id AND n.kind = ANY(:kinds)
   AND (d.state IN ('queued', 'retry') OR (d.state = 'digested' AND d.digest_id IS NULL))
""")
_RELEASE = sa.text("""
UPDATE delivery d SET state = 'queued', next_attempt_at = greatest(n.not_before, :now)
  FROM notification n
 WHERE n.id = d.notification_id AND n.recipient_id = :person_id AND n.kind = ANY(:kinds) AND d.state = 'digested'
   AND d.digest_id IS NULL
""")


def switch_off(person_id: int, category: Category) -> None:
    """Send the person no mail of `category` from now on, not even what waits; raises RuleBroken where it must come."""
    if category not in SWITCHABLE:
        raise RuleBroken(N_("These messages cannot be switched off: without them you would miss something important."))
    _set(person_id, category, Mode.OFF)
    values = {"now": clock.now(), "person_id": person_id, "kinds": kinds_to_switch_off(category)}
    session().execute(_CANCEL_WAITING, values)


def choose(person_id: int, category: Category, mode: Mode) -> None:
    """Send the person mail of `category` so from now on. What waited for a digest leaves where they want it at once.

    Raises RuleBroken where it must come, or where it cannot be gathered.
    """
    if mode is Mode.OFF:
        switch_off(person_id, category)
        return
    if mode is not Mode.NOW and category not in GATHERED:
        raise RuleBroken(N_("These messages come one by one: gathered they would come too late."))
    _set(person_id, category, mode)
    if mode is Mode.NOW:
        session().execute(_RELEASE, {"now": clock.now(), "person_id": person_id, "kinds": folded_kinds(category)})


def switch_on(person_id: int, category: Category) -> None:
    """Send the person mail of `category` from now on."""
    choose(person_id, category, Mode.NOW)


def modes_of(person_id: int) -> dict[Category, Mode]:
    """Return what the person has chosen, or what holds until they choose, for each category that can be switched off."""
    statement = sa.select(Preference.category, Preference.mode).where(Preference.person_id == person_id)
    chosen = dict(session().execute(statement).all())
    return {category: chosen.get(category, DEFAULT_MODES.get(category, Mode.NOW)) for category in SWITCHABLE}


def has_chosen(person_id: int, category: Category) -> bool:
    """Whether the person has said yes or no to `category`."""
    found = sa.exists().where(Preference.person_id == person_id, Preference.category == category)
    return bool(session().scalar(sa.select(found)))


def find_person(public_id: str) -> int | None:
    """Return the person that a link to unsubscribe names, or None."""
    return session().scalar(sa.select(Person.id).where(Person.public_id == public_id))


def _set(person_id: int, category: Category, mode: Mode) -> None:
    statement = insert(Preference).values(person_id=person_id, category=category, mode=mode, changed_at=clock.now())
    session().execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "category"], set_={"mode": statement.excluded.mode, "changed_at": clock.now()}
        )
    )
