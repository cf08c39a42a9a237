"""The pages of the administration: organisations to verify, roles, figures, the audit."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.administration import announcements, counselling, previews, safeguarding, sending, views

# Importing the modules hangs their views on the blueprint.
__all__ = ["announcements", "counselling", "previews", "register", "safeguarding", "sending", "views"]


def register(app: Flask) -> None:
    """Give `app` the pages; all of them are for the staff with the second factor."""
    app.register_blueprint(views.blueprint)
    place(Access.ADMINISTRATION, *(name for name in app.view_functions if name.startswith("administration.")))
