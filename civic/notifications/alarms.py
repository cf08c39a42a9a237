"""What somebody must look at: decided from the figures alone, each alarm with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from civic.kernel.i18n import N_
from civic.notifications.figures import Figures
from civic.notifications.types import DeliveryState, ReturnKind

LATE = timedelta(minutes=5)
SILENT = timedelta(minutes=2)
MOST_FAILED = 0.02
MOST_BOUNCED = 0.03
MOST_COMPLAINTS = 0.0008
FEWEST = 20
"""Fewer mails than these in an hour make no share: one of three that fails is no alarm."""
CLOCK, SWEEP, WORKER = "clock", "sweep", "worker"


class Alarm(StrEnum):
    """What is not as it should be."""

    LATE = "late"
    NO_SWEEP = "no_sweep"
    NO_CLOCK = "no_clock"
    NO_WORKER = "no_worker"
    PAUSED = "paused"
    FAILING = "failing"
    BOUNCING = "bouncing"
    COMPLAINTS = "complaints"
    PARKED = "parked"
    HELD = "held"


WHAT_TO_DO = {
    Alarm.LATE: N_("A message is due for more than five minutes: look whether the worker runs and the mail server answers."),
    Alarm.NO_SWEEP: N_("Nobody has looked for due messages for two minutes: start the worker again."),
    Alarm.NO_CLOCK: N_("The clock of the workers (beat) is silent: the workers' own timer sends meanwhile. Start it again."),
    Alarm.NO_WORKER: N_("No worker shows progress: nothing is sent until one is started."),
    Alarm.PAUSED: N_("Nothing is sent to some addresses, or to nobody: see below why and until when."),
    Alarm.FAILING: N_("More than two in a hundred mails of the last hour failed: the reasons stand below."),
    Alarm.BOUNCING: N_("More than three in a hundred mails of the last hour came back: whoever goes on so is soon shut out."),
    Alarm.COMPLAINTS: N_("People mark our mails as unwanted: look at what was sent to many."),
    Alarm.PARKED: N_("Something that happened could not be told: `outbox parked` says why, `outbox release` tries again."),
    Alarm.HELD: N_("Mails wait for somebody to decide whether they are sent."),
}


@dataclass(frozen=True, slots=True)
class _Share:
    """A part of what left within the hour."""

    part: int
    whole: int

    def is_beyond(self, most: float) -> bool:
        """Whether the part is larger than it may be, where there is enough to say so."""
        return self.whole >= FEWEST and self.part > most * self.whole


def alarms_of(figures: Figures) -> list[Alarm]:
    """Return what is not as it should be, the worst first."""
    sent = sum(figures.ended.get(state, 0) for state in (DeliveryState.SENT, DeliveryState.BOUNCED))
    failed = figures.ended.get(DeliveryState.FAILED, 0)
    bounced = figures.returned.get(ReturnKind.HARD, 0) + figures.returned.get(ReturnKind.SOFT, 0)
    complaints = figures.returned.get(ReturnKind.COMPLAINT, 0)
    rung = {
        Alarm.NO_WORKER: not any(_is_alive(figures, name) for name in figures.heartbeats if name.startswith(WORKER)),
        Alarm.NO_SWEEP: not _is_alive(figures, SWEEP),
        Alarm.LATE: figures.oldest_due is not None and figures.oldest_due > LATE,
        Alarm.PAUSED: bool(figures.pauses),
        Alarm.FAILING: _Share(failed, sent + failed).is_beyond(MOST_FAILED),
        Alarm.BOUNCING: _Share(bounced, sent).is_beyond(MOST_BOUNCED),
        Alarm.COMPLAINTS: complaints > MOST_COMPLAINTS * sent,
        Alarm.PARKED: figures.parked > 0,
        Alarm.HELD: figures.held > 0,
        Alarm.NO_CLOCK: not _is_alive(figures, CLOCK),
    }
    return [alarm for alarm, rings in rung.items() if rings]


def _is_alive(figures: Figures, name: str) -> bool:
    age = figures.heartbeats.get(name)
    return age is not None and age <= SILENT
