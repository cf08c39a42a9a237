"""The servers under measurement, and what they cost: processor time of every process but the client, and memory."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.client import Visitor
from civic.embedded.home import Home
from civic.embedded.postgres import Postgres
from civic.embedded.testing import FIELD_KEY, SECRET_KEY
from civic.embedded.valkey import Valkey

ROOT = Path(__file__).parent.parent


@dataclass
class Machine:
    """One PostgreSQL with durable commits and one broker, shared by site and floors."""

    postgres: Postgres
    valkey: Valkey
    folder: Path

    def environ(self, **more: str) -> dict[str, str]:
        """Return the environment of the site."""
        return {
            "MALLOC_ARENA_MAX": "2",
            **os.environ,
            # A site starts from modules that were compiled before.
            "PYTHONDONTWRITEBYTECODE": "",
            "ENVIRONMENT": "test",
            "SECRET_KEY": SECRET_KEY,
            "FIELD_KEY": FIELD_KEY,
            "DATABASE_URL": self.postgres.url("site"),
            "REDIS_URL": self.valkey.url,
            "SMTP_URL": "smtp://127.0.0.1:9",
            "BASE_URL": "http://127.0.0.1",
            "TRUSTED_HOSTS": "127.0.0.1",
            "MAIL_FROM": "Bologna Insieme <bench@bologna.example>",
            "CIVIC_HOME": str(self.folder),
            "LOG_LEVEL": "ERROR",
            **more,
        }

    def cpu(self) -> float:
        """Return the seconds of processor time that all children of this process have used so far, ended ones included."""
        total = 0.0
        for process in psutil.Process().children(recursive=False):
            total += _tree_cpu(process)
        return total


def _tree_cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        below = sum(_tree_cpu(child) for child in process.children())
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system + times.children_user + times.children_system + below


@contextmanager
def machine(folder: Path, *, is_durable: bool = False) -> Iterator[Machine]:
    """PostgreSQL and broker on an empty folder; a durable broker keeps its queue over a kill."""
    home = Home(folder.absolute())
    home.prepare()
    postgres = Postgres(home.postgres, home.sockets, home.log("postgres"))
    valkey = Valkey(home.valkey, home.sockets, home.log("valkey"), is_durable=is_durable)
    postgres.start()
    valkey.start()
    try:
        yield Machine(postgres, valkey, folder)
    finally:
        postgres.stop()
        valkey.stop()


@dataclass
class Web:
    """A gunicorn that answers at `port`; `seconds_to_answer` is from the start of the process to the first answer."""

    port: int
    process: subprocess.Popen
    seconds_to_answer: float

    def worker_rss(self) -> float:
        """Return the MiB of resident memory of its biggest worker."""
        workers = psutil.Process(self.process.pid).children()
        return max(worker.memory_info().rss for worker in workers) / 2**20


@contextmanager
def web(machine: Machine, app: str, path: str, **environ: str) -> Iterator[Web]:
    """Serve `app` as the site is served: gthread, two workers of four threads."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "-b", f"127.0.0.1:{port}", app]
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=machine.environ(**environ), stderr=subprocess.DEVNULL)
    try:
        _wait_for_answer(port, path)
        yield Web(port, process, time.perf_counter() - begin)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for_answer(port: int, path: str) -> None:
    for _ in range(600):
        try:
            if Visitor(port).get(path).status < 500:
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing answers at {path}")


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pss(pid: int) -> float:
    """Return the MiB that a process and its children have for themselves, shared pages counted in shares."""
    return sum(pss_of(process) for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)))


def pss_of(process: psutil.Process) -> float:
    """Return the MiB of one process, shared pages counted in shares."""
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]) / 1024
