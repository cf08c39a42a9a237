"""The HTML edge: forms in, pages out, one transaction for each request that writes."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from civic.web import (
    access,
    accounts,
    activities,
    administration,
    assets,
    calendars,
    care,
    certificates,
    constraints,
    desk,
    errors,
    filters,
    gallery,
    health,
    language,
    messages,
    organisations,
    personal,
    programme,
    security,
    shell,
    signing_in,
    static_pages,
)
from civic.web.language import LanguagePrefix

__all__ = ["LanguagePrefix", "register"]


def register(app: Flask) -> None:
    """Give `app` every page."""
    filters.register(app)
    assets.register(app)
    shell.register(app)
    errors.register(app)
    constraints.register()
    signing_in.register(app)
    app.before_request(language.speak_language_of_request)
    access.register(app)
    activities.register(app)
    calendars.register(app)
    care.register(app)
    certificates.register(app)
    organisations.register(app)
    programme.register(app)
    desk.register(app)
    accounts.register(app)
    personal.register(app)
    static_pages.register(app)
    health.register(app)
    messages.register(app)
    administration.register(app)
    if app.config["SITE"].METRICS_TOKEN:
        import_module("civic.web.metrics").register(app)
    if not app.config["SITE"].is_production:
        gallery.register(app)
    app.after_request(security.add_headers)
