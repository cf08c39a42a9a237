"""Signing in with a password, and the one-time code of an authenticator."""

from __future__ import annotations

from dataclasses import dataclass

import pyotp
import sqlalchemy as sa

from civic.accounts import passwords
from civic.accounts.models import Account, RoleGrant, UserSession
from civic.accounts.rules import normalise_email
from civic.accounts.services import recovering, sessions
from civic.audit import services as audit
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor, Role
from civic.kernel.db import session, writing
from civic.kernel.errors import NotAllowed, RuleBroken
from civic.kernel.i18n import N_

STEP_SECONDS = 30
ISSUER = "Bologna Insieme"
_WRONG = N_("The address or the password is not right. Check them, or choose a new password.")
_WRONG_CODE = N_("This code is not right, or it was used already: wait for the next one.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun, and whether a one-time code is still to be asked."""

    token: str
    needs_second_factor: bool


def sign_in(email: str, password: str, agent: str) -> SignedIn:
    """Begin a session; one sentence for a wrong address, a wrong password, and an account not confirmed or disabled."""
    account = writing().scalar(sa.select(Account).where(Account.email == normalise_email(email)))
    is_right = passwords.is_right(password, account.password_hash if account else None)
    if account is None or not is_right or account.confirmed_at is None or account.disabled_at is not None:
        raise RuleBroken(_WRONG)
    if passwords.needs_rehash(account.password_hash):
        account.password_hash = passwords.hash_password(password)
        writing().flush()
    token = sessions.start_session(account.id, agent)
    audit.record(Actor(person_id=account.person_id), "sign_in", "account", account.id)
    return SignedIn(token, account.totp_confirmed_at is not None)


def sign_out(actor: Actor) -> None:
    """End the session; the cookie is worth nothing from now on, wherever a copy of it is."""
    if actor.session_id is not None:
        sessions.end_session(actor.session_id)
        audit.record(actor, "sign_out", "account", actor.account_id)


def begin_second_factor(actor: Actor) -> str:
    """Return the secret to put into an authenticator; it counts only once a code made with it was typed."""
    account = _account_of(actor)
    if account.totp_confirmed_at is not None:
        raise RuleBroken(N_("You already use an authenticator."))
    account.totp_secret = crypto.encrypt(pyotp.random_base32())
    writing().flush()
    return crypto.decrypt(account.totp_secret)


def find_unconfirmed_secret(actor: Actor) -> str | None:
    """Return the secret of an authenticator that has begun and whose first code is still awaited, else None."""
    account = session().get(Account, actor.account_id)
    if account.totp_secret is None or account.totp_confirmed_at is not None:
        return None
    return crypto.decrypt(account.totp_secret)


def second_factor_uri(secret: str, email: str) -> str:
    """Return what the QR code for the authenticator says."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def confirm_second_factor(actor: Actor, code: str, agent: str) -> str:
    """Take the first code: from now on it is asked. Return the token of a fresh session that has passed it."""
    account = _account_of(actor)
    _check_code(account, code)
    account.totp_confirmed_at = account.totp_confirmed_at or clock.now()
    writing().flush()
    audit.record(actor, "second_factor_on", "account", account.id)
    return _session_with_second_factor(actor, account, agent)


def pass_second_factor(actor: Actor, code: str, agent: str) -> str:
    """Take a code at sign-in, of the app or of those on paper; return the token of a fresh session (the old one ends)."""
    account = _account_of(actor)
    if account.totp_confirmed_at is None:
        raise RuleBroken(_WRONG_CODE, field="code")
    if recovering.spend(account.id, code):
        audit.record(actor, "recovery_code_used", "account", account.id)
    else:
        _check_code(account, code)
    return _session_with_second_factor(actor, account, agent)


def _session_with_second_factor(actor: Actor, account: Account, agent: str) -> str:
    sessions.end_session(actor.session_id)
    return sessions.start_session(account.id, agent, with_second_factor=True)


def _check_code(account: Account, code: str) -> None:
    """Raise RuleBroken unless the code is right for this half minute or the one before, and was never used."""
    cleaned = "".join(code.split())
    step = int(clock.now().timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(crypto.decrypt(account.totp_secret)) if account.totp_secret else None
    matching = [one for one in (step, step - 1) if totp and _is_code(totp, one, cleaned)]
    if not matching:
        raise RuleBroken(_WRONG_CODE, field="code")
    # The condition decides between two who send the same code at once: one step is good for one use.
    spent = writing().execute(
        sa.update(Account)
        .where(Account.id == account.id, sa.or_(Account.totp_last_step.is_(None), Account.totp_last_step < matching[0]))
        .values(totp_last_step=matching[0])
    )
    if spent.rowcount != 1:
        raise RuleBroken(_WRONG_CODE, field="code")


def _is_code(totp: pyotp.TOTP, step: int, code: str) -> bool:
    return code.isascii() and pyotp.utils.strings_equal(totp.generate_otp(step), code)


def _account_of(actor: Actor) -> Account:
    if actor.account_id is None:
        raise NotAllowed(N_("You are not allowed to do this."))
    return writing().scalar(
        sa.select(Account).where(Account.id == actor.account_id).with_for_update().execution_options(populate_existing=True)
    )


def end_second_factor(actor: Actor, code: str) -> None:
    """Put the authenticator away, against one last code; who must have one keeps it."""
    account = _account_of(actor)
    if actor.must_have_second_factor:
        raise RuleBroken(N_("With your role the authenticator cannot be switched off."), field="code")
    if not recovering.spend(account.id, code):
        _check_code(account, code)
    account.totp_secret = account.totp_confirmed_at = None
    writing().flush()
    recovering.forget_codes(account.id)
    audit.record(actor, "second_factor_off", "account", account.id)


def renew_recovery_codes(actor: Actor, code: str) -> tuple[str, ...]:
    """Return ten fresh codes for a lost phone against a code of the moment, or the last one kept; the old ones are worthless."""
    account = _account_of(actor)
    try:
        if not recovering.spend(account.id, code):
            _check_code(account, code)
    except RuleBroken as error:
        raise RuleBroken(error.message, field="current_code") from None
    audit.record(actor, "renew_recovery_codes", "account", account.id)
    return recovering.make_codes(actor)


def check_password_of(actor: Actor, password: str) -> None:
    """Raise RuleBroken unless `password` is the one of the actor's account."""
    if not passwords.is_right(password, _account_of(actor).password_hash):
        raise RuleBroken(N_("This is not your present password."), field="password")


def list_sessions(actor: Actor) -> list[UserSession]:
    """Return the live sessions of the actor's account, the latest seen first."""
    statement = (
        sa.select(UserSession)
        .where(
            UserSession.account_id == actor.account_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > clock.now(),
        )
        .order_by(UserSession.last_seen_at.desc())
    )
    return list(session().scalars(statement))


def grant_role(actor: Actor, person_id: int, role: Role) -> None:
    """Give a person a role for the whole platform; giving it again changes nothing."""
    is_administrator = actor.has_second_factor and actor.has_role(Role.PLATFORM_ADMINISTRATOR)
    if not (actor.is_system or is_administrator):
        raise NotAllowed(N_("You are not allowed to do this."))
    live = session().scalar(
        sa.select(RoleGrant.id).where(RoleGrant.person_id == person_id, RoleGrant.role == role, RoleGrant.ended_at.is_(None))
    )
    if live is None:
        writing().add(RoleGrant(person_id=person_id, role=role, granted_by_id=actor.person_id, granted_at=clock.now()))
        writing().flush()
        audit.record(actor, "grant_role", "person", person_id, role=role.value)
