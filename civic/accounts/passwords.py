"""Passwords: Argon2id, one hash at a time per process, the same work whether or not there is an account."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

SHORTEST = 10
LONGEST = 200

# OWASP's least: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_one_at_a_time = threading.Lock()
_DUMMY = _hasher.hash("nobody signs in with this")

# The first words anybody tries, in both languages; longer lists belong to a service of their own.
_OBVIOUS = (
    "password", "1234567890", "qwertyuiop", "bologna", "ciaociao", "iloveyou", "forzabologna", "passw0rd", "0123456789",
    "abcdefghij", "aaaaaaaaaa", "1111111111", "juventus", "bolognainsieme",
)  # fmt: skip


def hash_password(password: str) -> str:
    """Return the hash that the database keeps."""
    with _one_at_a_time:
        return _hasher.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether `password` is the one whose hash is kept; without a hash the same work is done and the answer is no."""
    with _one_at_a_time:
        try:
            return _hasher.verify(kept or _DUMMY, password) and kept is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def needs_rehash(kept: str) -> bool:
    """Whether the hash was made with older parameters."""
    return _hasher.check_needs_rehash(kept)


def check_password(password: str, email: str = "") -> None:
    """Raise RuleBroken unless the password is long enough and not the first one to be guessed; no other demands."""
    if len(password) < SHORTEST:
        raise RuleBroken(N_("At least %(count)s characters: three words in a row do well."), field="password", count=SHORTEST)
    if len(password) > LONGEST:
        raise RuleBroken(N_("At most %(count)s characters."), field="password", count=LONGEST)
    lowered = password.lower()
    is_obvious = any(lowered.strip("0123456789!.") == word.strip("0123456789") or lowered == word for word in _OBVIOUS)
    if is_obvious or len(set(lowered)) < 4 or (email and lowered == email.lower()):
        raise RuleBroken(N_("This password is among the first that are tried: choose another."), field="password")
