"""The folder where a local site keeps everything: data, secrets, mail, logs, sockets."""

import base64
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from civic.embedded import processes
from civic.embedded.processes import StartError, wait_until

# A socket's path may have 107 bytes; PostgreSQL and Valkey add up to 20 to the folder's.
LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True)
class Home:
    """CIVIC_HOME and the places in it."""

    path: Path

    @property
    def servers(self) -> Path:
        """Where the database lives: here, or, when root may not run it and another user must, where that user can come."""
        return Path("/var/tmp") / f"civic-{self._short_name}" if processes.must_change_user() else self.path

    @property
    def postgres(self) -> Path:
        return self.servers / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def mail(self) -> Path:
        return self.path / "mail"

    @property
    def returns(self) -> Path:
        """Where the mail catcher puts what comes back: a Maildir."""
        return self.path / "returns"

    def log(self, name: str) -> Path:
        return self.path / "log" / f"{name}.log"

    @property
    def sockets(self) -> Path:
        """In the folder itself, or where its path is too long for a socket, in a folder of /tmp named after it."""
        inside = self.servers / "run"
        return inside if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER else Path("/tmp") / f"civic-{self._short_name}"

    @property
    def _short_name(self) -> str:
        return f"{os.geteuid()}-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]}"

    def prepare(self) -> None:
        """Every folder stands and belongs to us alone."""
        try:
            for folder in (self.path, self.servers, self.valkey, self.mail, self.path / "log", self.sockets):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as problem:
            raise StartError(f"CIVIC_HOME {self.path} cannot be used: {problem.strerror}.") from None
        owners = {os.geteuid()}
        if self.servers != self.path:
            self.servers.chmod(0o711)
            owners.add(processes.unprivileged_user().pw_uid)
        for folder in (self.servers, self.sockets):
            if folder.is_symlink() or folder.stat().st_uid not in owners:
                raise StartError(f"The folder {folder} belongs to somebody else: choose another CIVIC_HOME.")
        self.sockets.chmod(0o700)

    def secret(self, name: str) -> str:
        """32 random bytes in base64, made the first time and kept in a file that only we can read."""
        path = self.path / "secrets" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            return path.read_text().strip()
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
        return path.read_text().strip()

    def remember(self, addresses: dict[str, str]) -> None:
        """What the running site's commands must know: its address and its mail server."""
        path = self.path / "run.json"
        path.with_suffix(".new").write_text(json.dumps(addresses))
        path.with_suffix(".new").replace(path)

    def remembered(self) -> dict[str, str]:
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.path / "run.json").read_text())
        return {}

    @contextlib.contextmanager
    def lock(self, name: str, seconds: float = 0) -> Iterator[bool]:
        """Holds the lock until the block ends, or says that somebody else kept it all that time. The system frees it
        when its holder dies, however that happens."""
        with (self.path / f"{name}.lock").open("w") as file:
            yield wait_until(lambda: _try_lock(file), seconds)


def _try_lock(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError as problem:
        if problem.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise


def listen_on(port: int, setting: str) -> socket.socket:
    """A socket that listens on this machine's own address, so that nobody can take the port before our server has it
    (0: any free port)."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(256)
    except OSError as problem:
        listener.close()
        if problem.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {port} is taken by another program: stop it, or choose another with {setting}={port + 1}."
            ) from None
        raise StartError(f"Port {port} ({setting}) cannot be used: {problem.strerror}.") from None
    return listener


def port_of(listener: socket.socket) -> int:
    return listener.getsockname()[1]
