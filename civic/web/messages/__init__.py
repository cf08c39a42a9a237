"""Messages on the site: the inbox, what one wants to receive, and the way out of a category."""

from __future__ import annotations

from flask import Flask

from civic.extensions import csrf
from civic.web.access import Access, place
from civic.web.messages import following, views

__all__ = ["following", "register", "views"]


def register(app: Flask) -> None:
    """Give `app` the pages and say who may reach them."""
    app.register_blueprint(views.blueprint)
    # A mail program sends this POST by itself, with no cookie and no page before it (RFC 8058): the token is the key.
    csrf.exempt(views.one_click)
    place(Access.SIGNED_IN, "messages.inbox", "messages.mark_read", "messages.preferences", "messages.ask_for_invitations")
    place(Access.SIGNED_IN, "messages.followed")
    place(Access.PUBLIC, "messages.unsubscribe", "messages.one_click")
