"""Where somebody goes after signing in, and which browser they have."""

from __future__ import annotations

from flask import redirect, request, url_for

from civic.kernel.actor import Actor
from civic.web.access import safe_next
from civic.web.signing_in import actor_before_code, current_actor


def wanted_page() -> str | None:
    """Return the path of this site that the visitor was on the way to, as it came in the address."""
    return safe_next(request.args.get("next"))


def go_on():
    """Send who has just signed in to what is missing (the code, an authenticator), else to where they were going."""
    if actor_before_code() is not None:
        return redirect(url_for("accounts.second_factor", next=wanted_page()))
    actor: Actor = current_actor()
    if actor.must_have_second_factor and not actor.has_second_factor:
        return redirect(url_for("accounts.enrol_second_factor", next=wanted_page()))
    return redirect(_in_this_language(wanted_page()) or url_for("personal.overview"))


def _in_this_language(path: str | None) -> str | None:
    """Paths travel without the prefix of the language, which is put back here."""
    root = request.script_root
    if path is None or not root or path == root or path.startswith(root + "/"):
        return path
    return root + path


def agent() -> str:
    """Return what the browser says of itself."""
    return request.user_agent.string
