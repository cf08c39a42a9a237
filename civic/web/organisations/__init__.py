"""Pages of organisations: the public list and page, registering one, answering an invitation."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.organisations import views


def register(app: Flask) -> None:
    """Give `app` the pages and say who may reach them."""
    app.register_blueprint(views.blueprint)
    place(Access.PUBLIC, "organisations.index", "organisations.organisation", "organisations.invitation")
    place(Access.SIGNED_IN, "organisations.register_organisation")
