"""The HTML edge: forms in, pages out, one transaction for each request that writes."""

from __future__ import annotations

from flask import Flask

from civic.web import access, errors, filters, language, security, signing_in
from civic.web.language import LanguagePrefix

__all__ = ["LanguagePrefix", "register"]


def register(app: Flask) -> None:
    """Give `app` every page."""
    filters.register(app)
    errors.register(app)
    signing_in.register(app)
    app.before_request(language.speak_language_of_request)
    access.register(app)
    app.after_request(security.add_headers)
