"""Calendar feeds: the address that a calendar program asks, and the pages where one gets, renews and ends it."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.calendars import views


def register(app: Flask) -> None:
    """Give `app` the pages and say who may reach them; the feed itself opens to whoever knows its address."""
    app.register_blueprint(views.blueprint)
    place(Access.PUBLIC, "calendars.feed")
    place(Access.SIGNED_IN, "calendars.own")
