"""The personal area: sign-ups, own data, children, consents, security."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.personal import children, consents, details, overview, security
from civic.web.personal.blueprint import blueprint

__all__ = ["children", "consents", "details", "overview", "register", "security"]


def register(app: Flask) -> None:
    """Give `app` the pages and say who may reach them: whoever is signed in, for what is theirs."""
    app.register_blueprint(blueprint)
    place(
        Access.SIGNED_IN,
        "personal.overview",
        "personal.details",
        "personal.address",
        "personal.mailbox",
        "personal.download",
        "personal.children",
        "personal.add_child",
        "personal.child",
        "personal.remove_child",
        "personal.consents",
        "personal.withdraw_consents",
        "personal.withdraw_authorisation",
        "personal.end_guardian",
        "personal.security",
        "personal.end_sessions",
        "personal.end_second_factor",
        "personal.renew_codes",
    )
    place(Access.PUBLIC, "personal.confirm_address")
