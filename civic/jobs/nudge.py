"""The nudge that makes a message leave within a second; losing one costs half a minute, never a message.

A thread of the web process sends it, so that nobody waits for the broker: many commits close together are one nudge,
and a broker that is down or frozen slows no request.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from celery import Celery

from config import Config

log = logging.getLogger(__name__)

TASK = "outbox.empty_outbox"
_GATHER_SECONDS = 0.1


def make(config: Config) -> Callable[[], None]:
    """Return a function that lets a worker, through the broker, empty the outbox soon; it returns at once."""
    sender = Celery("civic-nudge", broker=config.broker_url, set_as_current=False)
    sender.conf.update(
        task_publish_retry=False,
        task_ignore_result=True,
        broker_connection_retry=False,
        broker_connection_max_retries=0,
        broker_pool_acquire_timeout=2,
        broker_transport_options={"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0},
    )
    return Nudger(lambda: sender.send_task(TASK, queue="critical", retry=False)).nudge


class Nudger:
    """Calls `send` from a thread of its own soon after `nudge`, once for all nudges that came meanwhile."""

    def __init__(self, send: Callable[[], object]) -> None:
        self.failures = 0
        self._send = send
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        """Ask for a nudge and return at once."""
        self._asked.set()
        # Started at first use, so that it lives in the process that serves and not in the one that forked it.
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="nudge", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._asked.wait()
            pause.wait(_GATHER_SECONDS)
            self._asked.clear()
            try:
                self._send()
            except Exception as error:
                # The rows are committed and the sweep finds them: this is counted and told, no more.
                self.failures += 1
                log.warning("nudge_failed %s", type(error).__name__)
