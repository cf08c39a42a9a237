"""The last resort against orphans: ends every process group of the starter when the starter is gone, however it went.

It reads the starter's pipe: "+pid" for a process group that began, "-pid" for one that ended. The end of the pipe is the end
of the starter. Linux ends the children by itself at that moment; this covers other systems and children that hang.
"""

import contextlib
import os
import signal
import sys
import time

PATIENCE = 8.0


def follow(pipe) -> set[int]:
    """The process groups that run when the pipe ends."""
    running = set()
    for line in pipe:
        sign, pid = line[0], int(line[1:])
        if sign == "+":
            running.add(pid)
        else:
            running.discard(pid)
    return running


def end_groups(groups: set[int]) -> None:
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(_is_there(group) for group in groups):
        time.sleep(0.05)
    _signal(groups, signal.SIGKILL)


def _signal(groups: set[int], number: int) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_groups(follow(sys.stdin))
