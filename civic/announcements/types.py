"""To whom an announcement goes."""

from __future__ import annotations

from enum import StrEnum

from civic.activities.types import HOLDING, LIVE, SignupState


class Audience(StrEnum):
    """Which of the people in an activity are written to."""

    EVERYBODY = "everybody"
    HAVE_PLACE = "have_place"
    WAIT = "wait"
    ABSENT = "absent"


STATES: dict[Audience, frozenset[SignupState]] = {
    Audience.EVERYBODY: LIVE,
    Audience.HAVE_PLACE: HOLDING,
    Audience.WAIT: LIVE - HOLDING,
    # Of those who have a place: who was not at the last meeting of which anything was noted.
    Audience.ABSENT: frozenset({SignupState.CONFIRMED}),
}
"""The states of the signups that an audience is made of."""
