"""Where somebody whom one activity was not for, or who lost it, finds others: the public list, narrowed."""

from __future__ import annotations

from datetime import date

from civic.accounts.rules import age_on
from civic.activities.queries.lists import ActivityRow, Filters, list_public
from civic.activities.types import WITH_WORKSHOPS, ActivityKind

_NAMED = 3


def similar_path(kind: str, birth_on: date | None, today: date) -> str:
    """Return the address, below the language, of what is like `kind`, has free places and is for who was born on that day."""
    room = "volontariato" if kind == ActivityKind.VOLUNTEERING else "laboratori"
    of_age = f"&eta={age_on(birth_on, today)}" if birth_on is not None else ""
    return f"/{room}?posti=1{of_age}"


def list_similar(kind: str, birth_on: date | None, today: date, but: str) -> tuple[ActivityRow, ...]:
    """Return the next few of those that `similar_path` leads to, without the one (`but`, its slug) that was lost."""
    kinds = (ActivityKind.VOLUNTEERING,) if kind == ActivityKind.VOLUNTEERING else WITH_WORKSHOPS
    age = age_on(birth_on, today) if birth_on is not None else None
    rows, _total = list_public(Filters(kinds=kinds, age=age, only_free=True), per_page=_NAMED + 1)
    return tuple(row for row in rows if row.slug != but)[:_NAMED]
