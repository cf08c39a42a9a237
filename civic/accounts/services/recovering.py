"""Codes on paper that stand in for a lost phone, once each."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from civic.accounts.models import RecoveryCode
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing

HOW_MANY = 10
_FIGURES = 10


def make_codes(actor: Actor) -> tuple[str, ...]:
    """Write ten fresh codes for the actor's account and return them, to be shown this once; the old ones are worthless."""
    forget_codes(actor.account_id)
    codes = [f"{secrets.randbelow(10**_FIGURES):0{_FIGURES}d}" for _ in range(HOW_MANY)]
    now = clock.now()
    writing().execute(
        sa.insert(RecoveryCode).inline(),
        [{"account_id": actor.account_id, "code_hash": _hash(actor.account_id, code), "created_at": now} for code in codes],
    )
    return tuple(f"{code[:5]} {code[5:]}" for code in codes)


def forget_codes(account_id: int) -> None:
    """Delete the codes of an account that has put its authenticator away."""
    writing().execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def spend(account_id: int, typed: str) -> bool:
    """Whether what was typed is a code of the account that nobody has used; from now on it is used."""
    code = "".join(char for char in typed if not char.isspace() and char != "-")
    if len(code) != _FIGURES:
        return False
    spent = writing().execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == _hash(account_id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    return spent.rowcount == 1


def count_left(actor: Actor) -> int:
    """Return how many codes the actor has left."""
    unused = (RecoveryCode.account_id == actor.account_id, RecoveryCode.used_at.is_(None))
    return session().scalar(sa.select(sa.func.count()).select_from(RecoveryCode).where(*unused))


def _hash(account_id: int, code: str) -> bytes:
    return crypto.keyed_hash(f"recovery|{account_id}|{code}")
