"""Whether the mailbox of an account takes mail: its owner is told at the top of every page while nothing is sent to it."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from civic.accounts.models import Account
from civic.kernel.db import session

UNTIL_ASKED = datetime(9999, 1, 1, tzinfo=UTC)


def note_returned(address: str, until: datetime | None) -> None:
    """Write that mail to `address` came back and none is sent until `until`; None: until its owner asks for it."""
    _set(address, until or UNTIL_ASKED)


def note_working(address: str) -> None:
    """Write that `address` is written to."""
    _set(address, None)


def _set(address: str, until: datetime | None) -> None:
    session().execute(sa.update(Account).where(Account.email == address).values(mail_stopped_until=until))
