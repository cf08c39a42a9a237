"""Amounts of euro as people in Italy write them: exact, never floating."""

from __future__ import annotations

import re
from decimal import Decimal

from civic.kernel.errors import RuleBroken

_ITALIAN = re.compile(r"^-?(\d{1,3}(\.\d{3})+|\d+)(,\d{1,2})?$")


def parse_amount(text: str) -> Decimal:
    """Return the euro amount written in `text` the Italian way (`1.250,50`); raise RuleBroken otherwise."""
    cleaned = text.replace("€", "").replace("\u00a0", "").strip()
    if not _ITALIAN.match(cleaned):
        raise RuleBroken("Write the amount like 1.250,50.")
    return Decimal(cleaned.replace(".", "").replace(",", ".")).quantize(Decimal("0.01"))
