"""What a family entrusts, as it reads, writes and takes it back."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.care import views


def register(app: Flask) -> None:
    """Give `app` the pages; through a mail's link without an account, signed in otherwise."""
    app.register_blueprint(views.blueprint)
    place(Access.PUBLIC, "care.linked", "care.linked_record", "care.linked_delete")
    place(Access.SIGNED_IN, "care.own", "care.own_record", "care.own_delete")
