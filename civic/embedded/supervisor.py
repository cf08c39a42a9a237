"""Keeps services running: starts them, starts them again when they end, stops them in the opposite order."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from civic.embedded import processes
from civic.embedded.processes import Command

# A service that ends again and again is started after 0, 0.5, 1, 2, 4 ... seconds; one that ran this long starts afresh.
STEADY_SECONDS = 10
LONGEST_PAUSE = 10


@dataclass
class Service:
    """One program and how it is started (asked anew at each start), known to be ready, and stopped."""

    name: str
    command: Callable[[], Command]
    is_ready: Callable[[], bool] = lambda: True
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 10
    is_store: bool = False
    process: subprocess.Popen | None = field(default=None, repr=False)
    log: Path | None = None
    started: float = 0
    failures: int = 0
    start_at: float | None = None


@dataclass
class Supervisor:
    """All that runs. Not safe for threads: everything happens in the main one."""

    tell: Callable[[str], None]
    services: list[Service] = field(default_factory=list)
    watchdog: subprocess.Popen | None = None

    def start_watchdog(self) -> None:
        self.watchdog = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("watchdog.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            cwd="/",
        )

    def start(self, service: Service) -> None:
        """The service runs, and from now on is kept running; it may not be ready yet."""
        self.services.append(service)
        self._spawn(service)

    def wait_until_ready(self, service: Service, seconds: float = 60) -> None:
        processes.wait_until_ready(service.name, service.process, service.is_ready, service.log, seconds)

    def wait_until_steady(self, service: Service, seconds: float = 2) -> None:
        """The service has run that long: what cannot even import its code has ended by then."""
        processes.wait_until_ready(
            service.name, service.process, lambda: time.monotonic() - service.started > seconds, service.log
        )

    def _spawn(self, service: Service) -> None:
        command = service.command()
        service.log = command.log
        service.process = processes.spawn(command)
        service.started, service.start_at = time.monotonic(), None
        self._note(f"+{service.process.pid}")

    def _note(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            self.watchdog.stdin.write(line + "\n")
            self.watchdog.stdin.flush()

    def look(self) -> None:
        """Every service that has ended is started again, now or after its pause; the watchdog too."""
        for service in self.services:
            if service.start_at is None and service.process.poll() is not None:
                self._bury(service)
            if service.start_at is not None and time.monotonic() >= service.start_at:
                self._start_again(service)
        if self.watchdog and self.watchdog.poll() is not None:
            self.start_watchdog()
            for service in self.services:
                if service.process.poll() is None:
                    self._note(f"+{service.process.pid}")

    def _bury(self, service: Service) -> None:
        """What the dead process left behind is gone, and the time of the next start is set."""
        processes.signal_group(service.process.pid, signal.SIGKILL)
        self._note(f"-{service.process.pid}")
        lived = time.monotonic() - service.started
        service.failures = 1 if lived > STEADY_SECONDS else service.failures + 1
        pause = 0 if service.failures == 1 else min(LONGEST_PAUSE, 0.25 * 2 ** (service.failures - 1))
        service.start_at = time.monotonic() + pause
        later = f" in {pause:g} s" if pause else ""
        self.tell(f"{service.name} ended ({_how(service.process.returncode)}): starting it again{later}, log in {service.log}")

    def _start_again(self, service: Service) -> None:
        try:
            self._spawn(service)
        except (processes.StartError, OSError) as problem:
            service.failures += 1
            service.start_at = time.monotonic() + LONGEST_PAUSE
            self.tell(f"{service.name} could not be started: {problem}")

    def stop(self) -> None:
        """Nothing runs any more. The data stores go last, when nobody uses them."""
        begun = [service for service in self.services if service.process]
        self._stop_together([service for service in begun if not service.is_store])
        self._stop_together([service for service in begun if service.is_store])
        if self.watchdog:
            with contextlib.suppress(OSError):
                self.watchdog.stdin.close()
            self.watchdog.wait()

    def _stop_together(self, services: list[Service]) -> None:
        for service in services:
            if service.process.poll() is None:
                service.process.send_signal(service.stop_signal)
        for service in services:
            # Not asked a second time: to Celery and gunicorn that would mean "drop everything".
            processes.wait_until(lambda process=service.process: process.poll() is not None, service.stop_seconds)
            processes.signal_group(service.process.pid, signal.SIGKILL)
            service.process.wait()
            self._note(f"-{service.process.pid}")


def _how(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"code {code}"
