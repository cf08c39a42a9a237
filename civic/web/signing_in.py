"""From the cookie to the actor: one statement for each request of a signed-in person."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, g
from flask import session as cookie
from flask_login import UserMixin, current_user, login_user, logout_user

from civic.accounts.services import sessions
from civic.extensions import login_manager
from civic.kernel import clock, crypto
from civic.kernel.actor import ANONYMOUS, Actor, OrganisationRole, Role
from civic.kernel.db import fetch_one
from civic.kernel.ids import hash_token

_SEEN_EVERY = timedelta(minutes=10)

_ACTOR = """
SELECT s.id AS session_id, s.second_factor_at, s.last_seen_at, a.id AS account_id, a.totp_confirmed_at,
       coalesce(a.mail_stopped_until > %(now)s, false) AS mail_comes_back,
       p.id AS person_id, p.given_name, p.family_name, p.birth_on, p.language,
       (SELECT array_agg(r.role) FROM role_grant r WHERE r.person_id = p.id AND r.ended_at IS NULL) AS roles,
       (SELECT json_object_agg(m.organisation_id, m.role) FROM membership m
         WHERE m.person_id = p.id AND m.ended_at IS NULL) AS organisations,
       (SELECT array_agg(w.id) FROM guardianship w_of JOIN person w ON w.id = w_of.ward_id
         WHERE w_of.guardian_id = p.id AND w_of.ended_at IS NULL AND w.birth_on > %(adult_born_on)s) AS wards,
       (SELECT count(*) FROM notification n
         WHERE n.recipient_id = p.id AND n.read_at IS NULL AND n.cancelled_at IS NULL AND n.not_before <= %(now)s) AS unread
  FROM user_session s
  JOIN account a ON a.id = s.account_id AND a.disabled_at IS NULL AND a.confirmed_at IS NOT NULL
  JOIN person p ON p.id = a.person_id
 WHERE s.token_hash = %(token_hash)s AND s.ended_at IS NULL AND s.expires_at > %(now)s
"""


class SignedIn(UserMixin):
    """What Flask-Login keeps: the token of a session row, and the actor that it stands for."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token = token
        self.actor = actor

    def get_id(self) -> str:
        """Return the token: ending the session row ends the cookie."""
        return self.token


def register(app: Flask) -> None:
    """Let Flask-Login find the actor of a request."""
    login_manager.session_protection = None
    login_manager.user_loader(_load)


def current_actor() -> Actor:
    """Return who is acting in this request; nobody as long as a one-time code is still to be typed."""
    actor = _actor_of_cookie()
    return ANONYMOUS if _lacks_code(actor) else actor


def actor_before_code() -> Actor | None:
    """Return who gave the right password and must still type a one-time code, else None."""
    actor = _actor_of_cookie()
    return actor if _lacks_code(actor) else None


def _actor_of_cookie() -> Actor:
    if "actor" not in g:
        g.actor = current_user.actor if "_user_id" in cookie and current_user.is_authenticated else ANONYMOUS
    return g.actor


def _lacks_code(actor: Actor) -> bool:
    return actor.enrolled_second_factor and not actor.has_second_factor


def begin(token: str) -> None:
    """Put a fresh session token in a fresh cookie: nothing of the visit before survives but the language."""
    cookie.clear()
    actor = _read_actor(token)
    login_user(SignedIn(token, actor))
    g.actor = actor


def device_owner() -> str:
    """Return what a phone knows whoever is signed in by: the same every time, and it says nothing of them."""
    return crypto.sign("device-owner", current_actor().person_id)


def is_device_owner(claimed: str) -> bool:
    """Whether what a phone kept is of whoever is signed in."""
    return crypto.is_signed(claimed, "device-owner", current_actor().person_id)


def end() -> None:
    """Forget the session in this browser; the row is ended by the service."""
    logout_user()
    cookie.clear()
    g.actor = ANONYMOUS


def _load(token: str) -> SignedIn | None:
    actor = _read_actor(token)
    return SignedIn(token, actor) if actor.is_signed_in else None


def _read_actor(token: str) -> Actor:
    now = clock.now()
    born_on = sessions.adult_born_on(clock.today())
    row = fetch_one(_ACTOR, {"token_hash": hash_token(token), "now": now, "adult_born_on": born_on})
    if row is None:
        return ANONYMOUS
    if now - row.last_seen_at > _SEEN_EVERY:
        sessions.touch(row.session_id, now)
    return Actor(
        person_id=row.person_id,
        account_id=row.account_id,
        session_id=row.session_id,
        name=f"{row.given_name} {row.family_name}".strip(),
        birth_on=row.birth_on,
        language=row.language,
        roles=frozenset(Role(role) for role in row.roles or ()),
        organisations={int(id_): OrganisationRole(role) for id_, role in (row.organisations or {}).items()},
        wards=frozenset(row.wards or ()),
        has_second_factor=row.second_factor_at is not None,
        enrolled_second_factor=row.totp_confirmed_at is not None,
        unread=row.unread,
        mail_comes_back=row.mail_comes_back,
    )
