"""When somebody must look, decided from the figures alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from civic.kernel import clock
from civic.notifications.alarms import Alarm, alarms_of
from civic.notifications.figures import Figures
from civic.notifications.types import DeliveryState as State
from civic.notifications.types import ReturnKind as Kind

ALIVE = {"sweep": timedelta(seconds=20), "clock": timedelta(seconds=40), "worker uno": timedelta(seconds=90)}
WELL = Figures(datetime(2026, 11, 23, 9, tzinfo=clock.ROME), timedelta(minutes=4), 3, 1, 0, 0, 0, {State.SENT: 5000}, {}, ALIVE)


def without(name: str) -> dict:
    return {part: age for part, age in ALIVE.items() if part != name}


@pytest.mark.parametrize(
    ("changes", "alarms"),
    [
        ({}, []),
        ({"oldest_due": timedelta(minutes=6)}, [Alarm.LATE]),
        ({"held": 1}, [Alarm.HELD]),
        ({"parked": 1}, [Alarm.PARKED]),
        ({"pauses": (object(),)}, [Alarm.PAUSED]),
        ({"heartbeats": without("sweep")}, [Alarm.NO_SWEEP]),
        ({"heartbeats": without("clock")}, [Alarm.NO_CLOCK]),
        ({"heartbeats": without("worker uno")}, [Alarm.NO_WORKER]),
        ({"heartbeats": {**ALIVE, "sweep": timedelta(minutes=3)}}, [Alarm.NO_SWEEP]),
        ({"heartbeats": {**ALIVE, "worker due": timedelta(minutes=30)}}, []),
        ({"ended": {State.SENT: 98, State.FAILED: 2}}, []),
        ({"ended": {State.SENT: 97, State.FAILED: 3}}, [Alarm.FAILING]),
        ({"ended": {State.SENT: 3, State.FAILED: 1}}, []),
        ({"ended": {State.SENT: 97, State.BOUNCED: 3}, "returned": {Kind.HARD: 2, Kind.SOFT: 1}}, []),
        ({"ended": {State.SENT: 96, State.BOUNCED: 4}, "returned": {Kind.HARD: 2, Kind.SOFT: 2}}, [Alarm.BOUNCING]),
        ({"returned": {Kind.COMPLAINT: 4}}, []),
        ({"returned": {Kind.COMPLAINT: 5}}, [Alarm.COMPLAINTS]),
    ],
)
def test_what_rings(changes, alarms):
    assert alarms_of(replace(WELL, **changes)) == alarms
