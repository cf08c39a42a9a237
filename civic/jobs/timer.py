"""A timer in the worker's main process: with the broker dead, what is due still leaves."""

from __future__ import annotations

import logging
import socket
import threading

from celery import bootsteps

from civic.jobs.sweep import sweep
from civic.notifications import alarms, heartbeats

log = logging.getLogger(__name__)

EVERY_SECONDS = 30
_FIRST_SECONDS = 1


class SweepTimer(bootsteps.StartStopStep):
    """Sweeps from a thread of its own, beginning before the worker has found its broker."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, parent, **kwargs) -> None:
        super().__init__(parent, **kwargs)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent) -> None:
        """Begin at once: whatever ended the worker before may have left something behind."""
        self._stopped.clear()
        self._thread = threading.Thread(target=self._run, args=(parent.app.flask_app,), name="sweep", daemon=True)
        self._thread.start()

    def stop(self, parent) -> None:
        """Let the sweep under way end by itself; its rows are safe if it does not."""
        self._stopped.set()

    terminate = stop

    def _run(self, app) -> None:
        pause = _FIRST_SECONDS
        while not self._stopped.wait(pause):
            pause = EVERY_SECONDS
            try:
                with app.app_context():
                    sweep()
                    heartbeats.beat(f"{alarms.WORKER} {socket.gethostname()}")
            except Exception:
                log.exception("timed_sweep_failed")
