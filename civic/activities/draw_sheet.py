"""The order of a draw as a file, written for everybody and checked without the site."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from civic.activities.draw_order import Ticket, in_order, print_of
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

_HEAD = ("posizione", "turno", "codice", "impronta")


def write_sheet(seed: str, tickets: Iterable[Ticket]) -> str:
    """Return the tickets, in the order in which they are given, as CSV: position, turn, code, SHA-256 of seed and code."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(_HEAD)
    for number, ticket in enumerate(tickets, start=1):
        lines.writerow((number, ticket.turn, ticket.code, print_of(seed + ticket.code)))
    return out.getvalue()


def check_sheet(text: str, seed: str) -> int:
    """Draw the codes of the file again and return how many there are; RuleBroken where the order is another one."""
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
        tickets = [Ticket(row["codice"], int(row["turno"])) for row in rows]
    except (KeyError, TypeError, ValueError):
        raise RuleBroken(N_("This is not the file of a draw.")) from None
    for number, (written, drawn) in enumerate(zip(tickets, in_order(seed, tickets), strict=True), start=1):
        if written != drawn:
            raise RuleBroken(
                N_("The order is not that of this seed: at position %(number)s stands %(written)s instead of %(drawn)s."),
                number=number,
                written=written.code,
                drawn=drawn.code,
            )
    return len(tickets)
