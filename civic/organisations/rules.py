"""Rules of organisations, decided from plain values."""

from __future__ import annotations

from urllib.parse import urlsplit

from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

_WRONG = N_("This tax code is not right: check it digit by digit.")


def normalise_tax_code(text: str) -> str:
    """Return the tax code of an organisation as it is kept: eleven digits without spaces or country."""
    code = "".join(text.split()).upper().removeprefix("IT")
    check_tax_code(code)
    return code


def check_tax_code(code: str) -> None:
    """Raise RuleBroken unless `code` is eleven digits whose last one is the control digit of the others.

    Control digit as for partita IVA and for the numeric codice fiscale of bodies (D.M. 23 December 1976).
    """
    if len(code) != 11 or not (code.isascii() and code.isdigit()):
        raise RuleBroken(N_("The tax code of an organisation has eleven digits."), field="tax_code")
    if code == "0" * 11 or control_digit(code[:10]) != int(code[10]):
        raise RuleBroken(_WRONG, field="tax_code")


def control_digit(ten: str) -> int:
    """Return the digit that follows the first ten of a numeric tax code."""
    total = 0
    for position, char in enumerate(ten):
        digit = int(char) * (2 if position % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return -total % 10


def normalise_website(text: str) -> str | None:
    """Return the address of a site with its scheme, None where nothing was written; only http and https lead anywhere."""
    address = text.strip()
    if not address:
        return None
    if "://" not in address:
        address = "https://" + address
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or "." not in parts.netloc or any(char.isspace() for char in address):
        raise RuleBroken(N_("Write the address of the site like www.example.org."), field="website")
    return address


def check_owner_remains(owners: frozenset[int], leaving: int) -> None:
    """Raise RuleBroken where an organisation would be left without anybody who answers for it."""
    if owners == {leaving}:
        raise RuleBroken(N_("This is the last owner: make somebody else an owner first."))
