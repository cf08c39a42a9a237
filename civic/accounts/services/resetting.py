"""A lost phone and no codes: an administrator who knows the person puts the authenticator away."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.events import AuthenticatorReset
from civic.accounts.models import Account
from civic.accounts.rules import normalise_email
from civic.accounts.services import recovering, roles, sessions
from civic.audit import services as audit
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotAllowed, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox


def reset_authenticator(actor: Actor, email: str) -> None:
    """Put away the authenticator of whoever signs in with this address: they begin a new one at the next sign-in, and are told.

    Every session of theirs ends.
    """
    if not roles.can_manage_roles(actor):
        raise NotAllowed(N_("You are not allowed to do this."))
    account = writing().scalar(sa.select(Account).where(Account.email == normalise_email(email)).with_for_update())
    if account is None or account.totp_confirmed_at is None:
        raise RuleBroken(N_("Nobody with this address uses an authenticator."), field="address")
    account.totp_secret = account.totp_confirmed_at = None
    writing().flush()
    recovering.forget_codes(account.id)
    sessions.end_sessions(account.id)
    audit.record(actor, "reset_authenticator", "account", account.id)
    outbox.record(AuthenticatorReset(account.id))
