"""Certificates for those who are not at the desk: the page on which everybody checks one, and the file for whose it is."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.certificates.views import blueprint


def register(app: Flask) -> None:
    """Give `app` the pages and say who may reach them."""
    app.register_blueprint(blueprint)
    place(Access.PUBLIC, "certificates.check", "certificates.linked")
    place(Access.SIGNED_IN, "certificates.document")
