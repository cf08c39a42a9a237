"""The draw: until its moment all may ask, then the order is drawn once, and places go in that order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from civic.activities import age_limits, rules
from civic.activities.draw_order import Ticket, in_order
from civic.activities.events import DrawnToWait
from civic.activities.models import Activity, Opening, Signup
from civic.activities.queries import facts
from civic.activities.services import eligibility, places
from civic.activities.services.letting_in import let_in
from civic.activities.services.moves import move
from civic.activities.types import ActivityState, OpeningFacts, SignupState
from civic.activities.ways_in import DrawEntry
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from civic.outbox import services as outbox

_CODE_LETTERS = 10
_HAVE_A_PLACE = sa.text("""
SELECT DISTINCT s.person_id
  FROM signup s
  JOIN opening x ON x.id = s.opening_id AND x.kind = 'workshop'
  JOIN activity a ON a.id = s.activity_id
  LEFT JOIN occurrence o ON o.id = x.occurrence_id
 WHERE s.person_id = ANY(:people) AND s.activity_id <> :activity_id
   AND s.state IN ('pending_guardian', 'confirmed', 'offered')
   AND coalesce(o.starts_at, a.starts_at) >= :begins AND coalesce(o.starts_at, a.starts_at) < :ends
""")


def enter(signup_id: int, opening_id: int) -> None:
    """Let the signup take part in the draw, under a code of its own."""
    code = new_public_id()[:_CODE_LETTERS]
    writing().execute(sa.insert(DrawEntry).inline(), {"signup_id": signup_id, "opening_id": opening_id, "code": code})


def draw(opening_id: int) -> int:
    """Draw the opening if its moment has come, once for all; return how many took part.

    The first have a place as if their request had been approved, the others wait in the drawn order. Who asked after the
    moment, or has yet to confirm the address, stands behind them.
    """
    opening = facts.lock_opening(opening_id)
    if not _is_due(opening):
        return 0
    asked = _lock_requests(opening_id)
    in_time = [one for one in asked if one.joined_at < opening.draw_at and not one.awaits_click]
    late = [one for one in asked if one not in in_time]
    drawn = _write_order(opening, in_time)
    writing().execute(sa.update(Opening).where(Opening.id == opening_id).values(drawn_at=clock.now()))
    queue = [*drawn, *sorted(late, key=lambda one: (one.awaits_click, one.joined_at, one.id))]
    _stand_in_line(queue, opening.draw_at)
    _give_places(queue, opening)
    audit.record(SYSTEM, "draw", "opening", opening_id, taking_part=len(drawn))
    return len(drawn)


def _is_due(opening: OpeningFacts) -> bool:
    now = clock.now()
    is_on = opening.awaits_draw and opening.activity_state is ActivityState.PUBLISHED and opening.starts_at is not None
    return is_on and opening.draw_at <= now < opening.last_entry_at


def _lock_requests(opening_id: int) -> Sequence[Signup]:
    asked = sa.select(Signup).where(Signup.opening_id == opening_id, Signup.state == SignupState.REQUESTED)
    asked = asked.order_by(Signup.joined_at, Signup.id).with_for_update(of=Signup)
    return writing().scalars(asked.execution_options(populate_existing=True)).all()


def _write_order(opening: OpeningFacts, in_time: Sequence[Signup]) -> list[Signup]:
    """Write turn and rank of each who takes part; return them in the drawn order."""
    activity = writing().get(Activity, opening.activity_id)
    of_signup = sa.select(DrawEntry).where(DrawEntry.signup_id.in_([one.id for one in in_time]))
    entries = {entry.signup_id: entry for entry in writing().scalars(of_signup)}
    later = _list_with_a_place(opening, in_time) if activity.draw_new_first else frozenset()
    by_code = {entries[one.id].code: one for one in in_time}
    tickets = (Ticket(code, 2 if one.person_id in later else 1) for code, one in by_code.items())
    ordered = in_order(activity.draw_seed, tickets)
    for rank, ticket in enumerate(ordered, start=1):
        entry = entries[by_code[ticket.code].id]
        entry.turn, entry.rank = ticket.turn, rank
    writing().flush()
    return [by_code[ticket.code] for ticket in ordered]


def _list_with_a_place(opening: OpeningFacts, in_time: Sequence[Signup]) -> frozenset[int]:
    """Return who of them has a place in another workshop of this season: of the same school year."""
    begins, ends = age_limits.school_year_around(rules.first_day(opening))
    values = {"people": [one.person_id for one in in_time], "activity_id": opening.activity_id}
    return frozenset(writing().scalars(_HAVE_A_PLACE, {**values, "begins": begins, "ends": ends}))


def _stand_in_line(queue: Sequence[Signup], since: datetime) -> None:
    """Let everybody have joined at the moment of the draw, one after the other: so the waiting list knows their order."""
    for number, signup in enumerate(queue):
        signup.joined_at = since + timedelta(microseconds=number)
    writing().flush()


def _give_places(queue: Sequence[Signup], opening: OpeningFacts) -> None:
    """Give what is kept to the first of those who were referred, then all the rest to the first of all."""
    counted = places.end_reserve(opening.id)
    kept, free = counted.capacity - counted.open_to_all, counted.open_to_all - counted.taken
    _let_in([one for one in queue if one.is_referred], opening, kept)
    _let_in([one for one in queue if one.state is SignupState.REQUESTED], opening, free)
    for signup in queue:
        if signup.state is SignupState.REQUESTED:
            _let_wait(signup, opening)


def _let_in(signups: Sequence[Signup], opening: OpeningFacts, count: int) -> None:
    """Give `count` places to the first who may have one."""
    for signup in signups:
        if count == 0:
            return
        if not signup.awaits_click and _may_have(signup, opening):
            let_in(SYSTEM, signup, opening, "drawn")
            count -= 1


def _may_have(signup: Signup, opening: OpeningFacts) -> bool:
    try:
        eligibility.check_may_have(signup.person_id, opening, signup.id)
    except RuleBroken:
        return False
    return True


def _let_wait(signup: Signup, opening: OpeningFacts) -> None:
    """Put the signup in the waiting list; of one whose address nobody has confirmed, nobody hears before the click."""
    if signup.awaits_click:
        move(SYSTEM, signup, SignupState.WAITING, hold_until=signup.hold_until, reason="drawn")
        return
    let_in(SYSTEM, signup, opening, "drawn", may_hold=False)
    outbox.record(DrawnToWait(signup.id))
