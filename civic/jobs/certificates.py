"""The files of certificates, made in a worker a few at a time.

Only tasks make them, never the sweep that a timer runs in the worker's main process: once the typesetter has worked in a
process it hangs in whatever that process forks, and the main process forks the children that do the tasks.
"""

from __future__ import annotations

import time

from civic.certificates.services.preparing import prepare_some
from civic.kernel.db import transaction
from civic.notifications import settings

_NO_NEW_ONES_AFTER = 20.0


def prepare_all(seconds: float = _NO_NEW_ONES_AFTER) -> int:
    """Make the files that were asked for, a few in each transaction, until all are there or time is over; return how many."""
    until, made = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        with transaction():
            tried = prepare_some(settings.current().base_url)
        if not tried:
            break
        made += tried
    return made
