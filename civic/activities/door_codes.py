"""The code that somebody shows at the door: made from the sign-up with our key, kept nowhere, without a name in it."""

from __future__ import annotations

from collections.abc import Iterable

from civic.kernel import crypto
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

LENGTH = 6
# What is drawn alike on a worn screen is read alike: the alphabet of the codes has none of the four.
_LOOKALIKES = str.maketrans("018", "OIB")


def code_of(signup_public_id: str) -> str:
    """Return the six letters and digits that stand for the signup at the door."""
    return crypto.sign("door", signup_public_id)[:LENGTH].upper()


def mark_of(signup_public_id: str) -> str:
    """Return what the square code holds: which signup, and its code, which only we can make."""
    return f"{signup_public_id}-{code_of(signup_public_id)}"


def find_signup(typed: str, expected: Iterable[str]) -> str:
    """Return which of the `expected` signups (public ids) was scanned or typed; RuleBroken, in its own words, for none."""
    known = {code_of(one): one for one in expected}
    signup, dash, code = typed.strip().partition("-")
    if dash and code_of(signup) == code:
        if signup not in known.values():
            raise RuleBroken(N_("This code is of another activity: look at the time and the place on their page."), field="code")
        return signup
    text = "".join(typed.split()).replace("-", "").upper().translate(_LOOKALIKES)
    if text in known:
        return known[text]
    raise RuleBroken(
        N_("Nobody of this meeting has this code. Read it again from their page, or mark the name in the list."), field="code"
    )
