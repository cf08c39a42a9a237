"""Slips of the hand in an e-mail address: suggested to who wrote it, never corrected for them."""

from __future__ import annotations

from difflib import get_close_matches

_COMMON = (
    "gmail.com", "hotmail.com", "hotmail.it", "outlook.com", "outlook.it", "live.it", "libero.it", "yahoo.it", "yahoo.com",
    "icloud.com", "alice.it", "tiscali.it", "virgilio.it", "tim.it", "fastwebnet.it", "studio.unibo.it", "unibo.it",
    "comune.bologna.it", "aruba.it", "proton.me",
)  # fmt: skip
_LOOKS_LIKE = 0.8


def suggest_address(typed: str) -> str | None:
    """Return the address that was probably meant (gmial.com: gmail.com), None where there is nothing to suggest."""
    local, at, domain = typed.strip().lower().rpartition("@")
    if not at or not local or domain in _COMMON:
        return None
    near = get_close_matches(domain, _COMMON, n=1, cutoff=_LOOKS_LIKE)
    return f"{local}@{near[0]}" if near else None
