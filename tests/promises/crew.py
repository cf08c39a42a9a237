"""The processes of a site as the promises know them: started, killed without warning, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing

import psutil
import redis

from bench import town
from bench.client import Visitor
from bench.servers import ROOT, Machine, free_port
from civic.app import create_app
from config import load
from tests.sink import Sink


class Crew:
    """Web server and worker on real servers; whatever is killed is started again, as the keeper of a site does."""

    def __init__(self, machine: Machine, sink: Sink) -> None:
        self.machine, self.sink = machine, sink
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen] = {}
        town.build(machine)
        self.app = create_app(load(self.environ()))

    def environ(self, **more: str) -> dict[str, str]:
        """Return the environment of the site's processes."""
        return self.machine.environ(SMTP_URL=f"smtp://127.0.0.1:{self.sink.port}", **more)

    def start_web(self) -> None:
        """Serve the site and wait until it answers."""
        config = str(ROOT / "gunicorn.conf.py")
        self._spawn("web", ["gunicorn", "-c", config, "-b", f"127.0.0.1:{self.port}", "civic.wsgi:app"])
        self.wait(lambda: self._answers("/"), "the web server", 60)

    def start_worker(self, module: str = "worker", **environ: str) -> None:
        """Start a worker of two processes."""
        options = ["--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        self._spawn("worker", ["celery", "-A", module, "worker", *options], **environ)

    def kill(self, name: str) -> None:
        """Kill a process and all its children with no warning."""
        process = self.processes.pop(name)
        for member in (*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)):
            try:
                member.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        process.wait()

    def kill_one_child(self, name: str) -> None:
        """Kill one child of a process, as the memory keeper of a machine may."""
        children = psutil.Process(self.processes[name].pid).children()
        if children:
            children[0].kill()

    def kill_broker(self) -> None:
        """Kill the broker and start it again."""
        self.machine.valkey.process.kill()
        self.machine.valkey.process.wait()
        self.machine.valkey.start()

    def forget_queue(self) -> None:
        """Start the stopped broker again with nothing in it."""
        self.machine.valkey.start()
        redis.from_url(self.machine.valkey.url).flushall()

    def kill_database(self) -> None:
        """Kill the database server and start it again; it recovers from its log."""
        self.machine.postgres.process.kill()
        self.machine.postgres.process.wait()
        time.sleep(0.3)
        self.machine.postgres.start()

    def stop(self) -> None:
        """Kill what still runs."""
        for name in list(self.processes):
            self.kill(name)

    @staticmethod
    def wait(is_true, what: str, seconds: float) -> float:
        """Wait until `is_true()`; return how many seconds it took, fail after `seconds`."""
        begin = time.monotonic()
        while not is_true():
            assert time.monotonic() - begin < seconds, f"waited {seconds} s in vain for {what}"
            time.sleep(0.1)
        return time.monotonic() - begin

    def _spawn(self, name: str, arguments: list[str], **environ: str) -> None:
        log = (self.machine.folder / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**self.environ(), **environ, "PYTHONPATH": os.pathsep.join([str(ROOT)])},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _answers(self, path: str) -> bool:
        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), timeout=1)):
                return Visitor(self.port).get(path).status == 200
        except OSError:
            return False
