"""Pages of accounts: register, sign in and out, one-time codes, a new password."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.accounts import codes, forgetting, registering, signing
from civic.web.accounts.blueprint import blueprint

__all__ = ["codes", "forgetting", "register", "registering", "signing"]


def register(app: Flask) -> None:
    """Give `app` the pages and say who may reach them: all are for who is not (wholly) signed in, but the authenticator."""
    app.register_blueprint(blueprint)
    place(
        Access.PUBLIC,
        "accounts.sign_in",
        "accounts.sign_out",
        "accounts.register",
        "accounts.received",
        "accounts.confirm_account",
        "accounts.forgotten",
        "accounts.reset",
        "accounts.second_factor",
    )
    place(Access.SIGNED_IN, "accounts.enrol_second_factor")
