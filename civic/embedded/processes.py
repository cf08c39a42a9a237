"""Starting and ending child processes so that none outlives the one that started it."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

IS_LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
MAPPED_UID = 1000
LOG_LIMIT = 5 * 1024 * 1024
UNPRIVILEGED = ("postgres", "nobody")

# Looked up before any fork: between fork and exec nothing should be imported.
_libc = ctypes.CDLL(None, use_errno=True) if IS_LINUX else None


class StartError(Exception):
    """Something could not be started; the text is for the person at the terminal."""


@dataclass(frozen=True)
class Command:
    """What to run and how. `is_unprivileged` is for programs that refuse to run as root."""

    argv: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    cwd: Path | str = "/"
    death_signal: int = signal.SIGTERM
    is_unprivileged: bool = False
    pass_fds: tuple[int, ...] = ()


def spawn(command: Command, stdout=None) -> subprocess.Popen:
    """The command runs in a process group of its own and ends when this process does. Call it from the main thread:
    Linux ends a child with the thread that started it."""
    privileges = _privilege_dropper() if command.is_unprivileged and os.geteuid() == 0 else None
    parent = os.getpid()

    def before_exec() -> None:
        os.setsid()
        if privileges:
            privileges()
        if IS_LINUX:
            _libc.prctl(PR_SET_PDEATHSIG, int(command.death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    rotate(command.log)
    with command.log.open("ab") as log:
        return subprocess.Popen(
            [str(part) for part in command.argv],
            env=dict(command.environ),
            cwd=command.cwd,
            stdin=subprocess.DEVNULL,
            stdout=stdout or log,
            stderr=log,
            pass_fds=command.pass_fds,
            preexec_fn=before_exec,
        )


def run_to_end(command: Command, what: str) -> None:
    """The command has ended well, or StartError tells what it wrote last."""
    process = spawn(command)
    try:
        code = process.wait()
    except BaseException:
        end(process)
        raise
    if code != 0:
        raise StartError(f"{what} failed:\n{tail(command.log)}\nThe whole log is in {command.log}")


def rotate(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".old"))


def tail(log: Path, lines: int = 15) -> str:
    with contextlib.suppress(OSError):
        return "\n".join("    " + line for line in log.read_text(errors="replace").splitlines()[-lines:])
    return ""


def signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def wait_until(is_true: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time; asked every 20 ms."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def wait_until_ready(name: str, process: subprocess.Popen, is_ready: Callable[[], bool], log: Path, seconds: float = 60) -> None:
    """The process runs and is ready, or StartError tells what it wrote last."""
    came = wait_until(lambda: process.poll() is not None or is_ready(), seconds)
    if not came or process.poll() is not None:
        raise StartError(f"{name} did not start:\n{tail(log)}\nThe whole log is in {log}")


def end(process: subprocess.Popen, number: int = signal.SIGTERM, seconds: float = 10) -> None:
    """The process and all of its group are gone: asked with `number`, forced when the time is over."""
    if process.poll() is None:
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _privilege_dropper() -> Callable[[], None]:
    """What a child of root does to be somebody else: an own user namespace, in which files stay root's, and where
    that is refused another user."""
    if _may_unshare():
        return _enter_user_namespace
    user = unprivileged_user()

    def become_user() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return become_user


def must_change_user() -> bool:
    """Whether unprivileged programs will run as another user, who then has to own their files."""
    return os.geteuid() == 0 and not _may_unshare()


def unprivileged_user() -> pwd.struct_passwd:
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise StartError("PostgreSQL does not run as root, and there is no user postgres or nobody: start as another user.")


def _enter_user_namespace() -> None:
    if _libc.unshare(CLONE_NEWUSER) != 0:
        os._exit(125)
    _write("/proc/self/setgroups", b"deny")
    _write("/proc/self/uid_map", b"%d 0 1" % MAPPED_UID)
    _write("/proc/self/gid_map", b"%d 0 1" % MAPPED_UID)


def _write(path: str, text: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    os.write(descriptor, text)
    os.close(descriptor)


_unshare_works: list[bool] = []


def _may_unshare() -> bool:
    """Tried once, in a child: hardened containers refuse it."""
    if not _unshare_works:
        _unshare_works.append(IS_LINUX and _try_to_unshare())
    return _unshare_works[0]


def _try_to_unshare() -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            _enter_user_namespace()
            os._exit(0)
        except BaseException:
            os._exit(125)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
