"""The sweep: a plain function that leaves nothing undone that is due. Beat calls it, and so does a timer of the worker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from civic.activities.queries import due
from civic.activities.services import blocks
from civic.activities.services.drawing import draw
from civic.activities.services.ending import end_at_start, end_unanswered_waits
from civic.activities.services.holds import end_holding_back, end_holds
from civic.jobs.certificates import prepare_all
from civic.kernel import clock
from civic.kernel.db import release, transaction
from civic.notifications import (
    alarms,
    bounce_mailbox,
    claims,
    class_warnings,
    declarations,
    delivery,
    digests,
    heartbeats,
    reminders,
    shortages,
)
from civic.outbox import draining

log = logging.getLogger(__name__)

_OPENINGS_AT_ONCE = 500


def sweep(seconds: float = delivery.NO_NEW_ROW_AFTER, call_help: Callable[[], object] | None = None) -> dict[str, object]:
    """Do everything that is due now, each part for itself: one that fails does not keep the others from being done.

    May run any number of times, at once and anywhere: every part is written so that what is done twice is done once.
    `call_help` is called where there is so much to send that another process should send as well.
    """
    done: dict[str, object] = {}
    for name, part in (
        ("recovered", claims.recover),
        ("returned", bounce_mailbox.take_returns),
        ("drained", draining.drain),
        ("drawn", draw_all),
        ("ended_holds", end_all_holds),
        ("ended_reserves", end_all_reserves),
        ("ended_blocks", end_all_blocks),
        ("opened_near_start", open_near_start),
        ("ended_at_start", end_all_at_start),
        ("ended_unanswered", end_all_unanswered),
        ("reminders", remind),
        ("drained_again", draining.drain),
        ("helped", lambda: call_help() if call_help and delivery.is_much_due() else None),
        ("delivery", lambda: delivery.deliver_due(seconds)),
        ("heartbeat", lambda: heartbeats.beat(alarms.SWEEP)),
    ):
        done[name] = _guarded(name, part)
    return done


def empty_outbox(seconds: float = delivery.NO_NEW_ROW_AFTER) -> dict[str, object]:
    """React to what has just happened and send what follows: the quick way after a commit.

    Files come last: nobody's mail waits for them, and that one is there is told through a nudge of its own.
    """
    return {
        "drained": _guarded("drained", draining.drain),
        "delivery": _guarded("delivery", lambda: delivery.deliver_due(seconds)),
        "certificates": _guarded("certificates", prepare_all),
    }


def draw_all() -> int:
    """Hold every draw whose moment has come; return how many took part."""
    return _in_each(due.list_openings_to_draw, draw)


def end_all_reserves() -> int:
    """Open to all whatever was kept until now; return in how many openings."""
    return _in_each(due.list_openings_with_ended_reserve, end_holds)


def end_all_blocks() -> int:
    """Free the places for which classes have named nobody in time; return how many classes that ends."""
    return _in_each(due.list_openings_with_blocks_to_end, blocks.end_due)


def open_near_start() -> int:
    """Open to all what was held back for brothers and sisters, where it begins soon; return in how many openings."""
    return _in_each(due.list_openings_held_back_near_start, end_holding_back)


def end_all_holds() -> int:
    """End every hold that has run out; return how many."""
    return _in_each(due.list_openings_with_ended_holds, end_holds)


def end_all_at_start() -> int:
    """End all waiting for what has begun; return how many waited."""
    return _in_each(due.list_openings_begun_with_waits, end_at_start)


def end_all_unanswered() -> int:
    """Close every question that the guardian of somebody who waits has not answered in time; return how many."""
    return _in_each(due.list_openings_with_unanswered_waits, end_unanswered_waits)


def _in_each(openings: Callable[[datetime, int], Sequence[int]], end: Callable[[int], int]) -> int:
    """Do `end` opening by opening, each in a transaction of its own; return the sum."""
    ended = 0
    for opening_id in openings(clock.now(), _OPENINGS_AT_ONCE):
        try:
            with transaction():
                ended += end(opening_id)
        except Exception:
            # One opening that cannot be dealt with must not keep the others' places.
            log.exception("%s_failed opening=%s", end.__name__, opening_id)
    return ended


def remind() -> int:
    """Write every reminder whose time has come."""
    written = 0
    for write in (
        reminders.write_reminders,
        reminders.ask_guardians_again,
        shortages.tell_of_shortages,
        declarations.tell_of_ending_declarations,
        class_warnings.tell_of_missing_names,
        digests.write_digests,
    ):
        with transaction():
            written += write()
    return written


def _guarded(name: str, part: Callable[[], object]) -> object:
    try:
        return part()
    except Exception:
        log.exception("sweep_part_failed %s", name)
        return None
    finally:
        release()
