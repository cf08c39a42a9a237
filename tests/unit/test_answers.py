"""What the answers of mail servers mean, and when it is night."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from civic.kernel import clock
from civic.notifications.answers import BACK_OFF, JITTER, Answer, Verdict, next_attempt, verdict_for
from civic.notifications.quiet import after_quiet, before_quiet, is_quiet

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=clock.ROME)


@pytest.mark.parametrize(
    ("code", "text", "verdict"),
    [
        (None, "", Verdict.RETRY),
        (421, "4.3.2 closing", Verdict.RETRY),
        (432, "4.3.2 too many connections", Verdict.RETRY),
        (450, "", Verdict.RETRY),
        (452, "4.2.2 full", Verdict.RETRY),
        (550, "5.1.1 unknown", Verdict.SUPPRESS),
        (550, "no such user", Verdict.SUPPRESS),
        (551, "", Verdict.SUPPRESS),
        (553, "", Verdict.SUPPRESS),
        (554, "", Verdict.SUPPRESS),
        (550, "5.7.1 policy", Verdict.FAIL),
        (554, "5.7.515 not authenticated", Verdict.FAIL),
        (552, "", Verdict.RETRY),
        (503, "5.5.1 nested MAIL command", Verdict.RETRY),
        (550, "5.2.2 over quota", Verdict.RETRY),
        (552, "5.3.4 too big", Verdict.FAIL),
        (500, "", Verdict.FAIL),
        (530, "", Verdict.CLOSED),
        (535, "5.7.8 bad credentials", Verdict.CLOSED),
    ],
)
def test_a_refusal_means_one_thing(code, text, verdict):
    assert verdict_for(Answer(code, text)) is verdict


def test_what_is_said_to_the_sender_never_suppresses_a_recipient():
    assert verdict_for(Answer(550, "5.1.8 bad sender", is_about_recipient=False)) is Verdict.FAIL


def test_pauses_grow_and_are_spread_by_a_fifth():
    for number, pause in enumerate(BACK_OFF, start=1):
        waits = [next_attempt(number, NOW, NOW) - NOW for _ in range(200)]
        assert pause * (1 - JITTER) <= min(waits) <= max(waits) <= pause * (1 + JITTER)
        assert len(set(waits)) > 100


def test_after_a_day_it_is_given_up():
    assert next_attempt(len(BACK_OFF), NOW, NOW - timedelta(hours=24)) is None
    assert next_attempt(3, NOW, NOW - timedelta(hours=24)) is not None


def rome(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=clock.ROME)


@pytest.mark.parametrize(
    ("instant", "later", "earlier"),
    [
        (rome(23, 20, 59), rome(23, 20, 59), rome(23, 20, 59)),
        (rome(23, 21), rome(24, 8), rome(23, 20, 30)),
        (rome(24, 0), rome(24, 8), rome(23, 20, 30)),
        (rome(24, 7, 59), rome(24, 8), rome(23, 20, 30)),
        (rome(24, 8), rome(24, 8), rome(24, 8)),
        (rome(25, 2, 30, month=10), rome(25, 8, month=10), rome(24, 20, 30, month=10)),
        (rome(29, 1, 30, month=3), rome(29, 8, month=3), rome(28, 20, 30, month=3)),
    ],
)
def test_the_night_is_left_alone_in_both_directions(instant, later, earlier):
    assert after_quiet(instant) == later
    assert before_quiet(instant) == earlier
    assert not is_quiet(later) and not is_quiet(earlier)
