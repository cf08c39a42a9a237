"""A whole site in real processes, started with script/server and looked at from outside."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parents[2]
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SMTP_URL",
    "BASE_URL",
    "TRUSTED_HOSTS",
    "ENVIRONMENT",
    "SECRET_KEY",
    "FIELD_KEY",
    "CLOCK_SHIFT",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(is_true, what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for: {what}"
        time.sleep(0.05)


@dataclass
class Site:
    home: Path
    port: int = field(default_factory=free_port)
    mail_port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None
    output: Path | None = None

    def environ(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        return kept | {"CIVIC_HOME": str(self.home), "PORT": str(self.port), "MAIL_PORT": str(self.mail_port)} | more

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess:
        """The starter run to its end, for starts that must fail."""
        return subprocess.run(
            ["script/server", *arguments], cwd=PROJECT, env=self.environ(**more), capture_output=True, text=True, timeout=120
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["script/manage", *arguments], cwd=PROJECT, env=self.environ(), capture_output=True, text=True, timeout=120
        )

    def start(self, *arguments: str) -> "Site":
        self.home.parent.mkdir(parents=True, exist_ok=True)
        self.output = self.home.with_suffix(".out")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                ["script/server", *arguments],
                cwd=PROJECT,
                env=self.environ(),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_for(lambda: self.is_ready() or self.process.poll() is not None, "the ready line", 180)
        assert self.is_ready(), self.output.read_text()
        return self

    def is_ready(self) -> bool:
        return f"ready http://127.0.0.1:{self.port}\n" in self.output.read_text()

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, *words: str) -> psutil.Process:
        """The child of the starter whose command line holds all of the words."""
        for process in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if all(word in " ".join(process.cmdline()) for word in words):
                    return process
        raise AssertionError(f"the starter has no child {words}")

    def status(self, path: str = "/salute") -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
