"""Pages of the programme: the axis and its actions, the initiatives, the map of places."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.programme import views


def register(app: Flask) -> None:
    """Give `app` the pages; everybody may read them."""
    app.register_blueprint(views.blueprint)
    place(Access.PUBLIC, *(f"programme.{view}" for view in ("index", "action", "initiatives", "initiative", "places")))
