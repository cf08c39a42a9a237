"""The mailbox that returns come to: a Maildir that the mail server of the site writes and this site alone reads."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from civic.kernel import clock
from civic.kernel.db import transaction
from civic.notifications import bounces, settings
from civic.notifications.bounces import Outcome

log = logging.getLogger(__name__)

AT_ONCE = 500
STRANGE_KEPT_FOR = timedelta(days=30)
"""A person may look meanwhile at what said nothing of a mail of ours."""


def take_returns() -> int:
    """Note what has come; return how many reports were about mails of ours. What was noted is deleted, the rest put aside."""
    folder = settings.current().bounce_folder
    if folder is None:
        return 0
    noted = 0
    for path in sorted(_within(folder, "new"))[:AT_ONCE]:
        try:
            noted += _take(path) is Outcome.NOTED
        except FileNotFoundError:
            # Another process sweeps as well, and was first.
            continue
    return noted


def delete_strange() -> int:
    """Delete what was put aside long ago; return how many."""
    folder = settings.current().bounce_folder
    if folder is None:
        return 0
    before = (clock.now() - STRANGE_KEPT_FOR).timestamp()
    old = [path for path in _within(folder, "cur") if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _within(folder: Path, part: str) -> list[Path]:
    """Return the files in a part of the Maildir: `new`, which nobody has looked at, or `cur`; none before the first mail."""
    try:
        return [path for path in (folder / part).iterdir() if path.is_file()]
    except FileNotFoundError:
        return []


def _take(path: Path) -> Outcome:
    raw = path.read_bytes()
    try:
        with transaction():
            outcome = bounces.receive(raw)
    except (ValueError, LookupError, AttributeError, TypeError):
        # Anybody may write to this mailbox: one mail that nobody can read must not keep the others from being read.
        log.exception("return_not_readable")
        outcome = Outcome.STRANGE
    if outcome is Outcome.STRANGE:
        log.info("return_put_aside")
        aside = path.parent.parent / "cur" / f"{path.name}:2,S"
        aside.parent.mkdir(exist_ok=True)
        path.rename(aside)
    elif outcome is not Outcome.WAITS:
        path.unlink()
    return outcome
