"""`script/manage`: a command of the site, with the data of the local one; its PostgreSQL runs at least that long."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

from civic.embedded.processes import StartError, wait_until
from civic.embedded.settings import PROJECT, Local
from config import process_environment


@contextlib.contextmanager
def data_at_hand(local: Local) -> Iterator[None]:
    """The database answers: the named one, that of the running site, or our own for the length of the block."""
    if not local.has_own("DATABASE_URL"):
        yield
        return
    postgres = local.postgres()
    # One at a time: the second command waits for the first, a starting site for both.
    with local.home.lock("postgres", seconds=3600):
        if not _site_runs(local):
            with _started(postgres):
                yield
            return
    if not wait_until(postgres.answers, seconds=60):
        raise StartError(f"The site of {local.home.path} runs, but its PostgreSQL does not answer.")
    yield


def _site_runs(local: Local) -> bool:
    with local.home.lock("site") as is_free:
        return not is_free


@contextlib.contextmanager
def _started(postgres) -> Iterator[None]:
    try:
        postgres.start()
        yield
    finally:
        postgres.stop()


def run(local: Local, arguments: list[str]) -> int:
    local.home.prepare()
    known = local.home.remembered()
    environ = local.for_children(
        known.get("base_url") or f"http://127.0.0.1:{local.port}",
        known.get("smtp_url") or "smtp://127.0.0.1:1025",
        known.get("catcher_url"),
    )
    with data_at_hand(local):
        process = subprocess.Popen([sys.executable, "-m", "civic.cli", *arguments], env=environ, cwd=PROJECT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command is asked by the terminal itself; we wait for it
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()


def main(arguments: list[str]) -> int:
    os.umask(0o077)
    try:
        code = run(Local.read(process_environment()), arguments)
    except StartError as problem:
        print(problem, file=sys.stderr)
        return 1
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
