"""Who may reach which page: sign-in by default, and every endpoint has its place in one table."""

from __future__ import annotations

from enum import StrEnum

from flask import Flask, abort, redirect, request, url_for

from civic.kernel.actor import Actor, Role
from civic.web.security import is_cross_site
from civic.web.signing_in import actor_before_code, current_actor


class Access(StrEnum):
    """Who may reach an endpoint at all; services decide about the object."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    DESK = "desk"
    ADMINISTRATION = "administration"


ACCESS: dict[str, Access] = {"static": Access.PUBLIC}
"""Endpoint -> who may reach it; each room of the edge adds its own, and a test walks them all as every role."""

_STAFF = (Role.OFFICER, Role.PLATFORM_ADMINISTRATOR, Role.SAFEGUARDING_OFFICER)


def place(access: Access, *endpoints: str) -> None:
    """Give `endpoints` their place in the table."""
    ACCESS.update(dict.fromkeys(endpoints, access))


def register(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(refuse_nul)
    app.before_request(check_access)


def refuse_nul() -> None:
    """Refuse the one character that no keyboard types and the database cannot keep."""
    typed = (request.path, *(value for _key, value in request.args.items(multi=True)))
    if request.method == "POST":
        typed += tuple(value for _key, value in request.form.items(multi=True))
    if any("\0" in text for text in typed):
        abort(400)


def check_access():
    """Let the request pass, send it to sign in or to the second factor, or refuse it."""
    if request.endpoint is None:
        return None
    if request.method not in ("GET", "HEAD", "OPTIONS") and is_cross_site() and request.endpoint != "messages.one_click":
        abort(400)
    access = ACCESS.get(request.endpoint, Access.SIGNED_IN)
    if access is Access.PUBLIC:
        return None
    actor = current_actor()
    if actor_before_code() is not None:
        return redirect(url_for("accounts.second_factor", next=_here()))
    if not actor.is_signed_in:
        return redirect(url_for("accounts.sign_in", next=_here()))
    if access is Access.SIGNED_IN:
        return None
    if not may_enter(actor, access):
        abort(403)
    if not actor.has_second_factor:
        return redirect(url_for("accounts.enrol_second_factor", next=_here()))
    return None


def may_enter(actor: Actor, access: Access) -> bool:
    """Whether the actor belongs to those for whom the level is made (the one-time code is asked besides)."""
    if access is Access.DESK:
        return bool(actor.organisations) or actor.has_role(*_STAFF)
    if access is Access.ADMINISTRATION:
        return actor.has_role(*_STAFF)
    return True


def _here() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None


def safe_next(target: str | None) -> str | None:
    """Return `target` if it is a path of this site, else None."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(char) < 32 or char == "\\" for char in target):
        return None
    return target
