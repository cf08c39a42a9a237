"""Pages of activities: lists, the activity, signing up, what a person sees of a signup, mailed links."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.activities import announced, door, draws, links, listing, mine, own_consents, signing_up, together


def register(app: Flask) -> None:
    """Give `app` the pages and say who may reach them."""
    for module in (listing, draws, signing_up, together, mine, links, own_consents, door, announced):
        app.register_blueprint(module.blueprint)
    place(
        Access.PUBLIC,
        "activities.home",
        "activities.workshops",
        "activities.volunteering",
        "activities.calendar",
        "activities.activity",
        "draws.draw",
        "draws.draw_csv",
        "signing_up.sign_up",
        "signing_up.send",
        "signing_up.received",
        "links.confirm",
        "links.authorisation",
        "links.signup",
        "links.act",
        "own_consents.show",
        "own_consents.decide",
        "door.linked",
        "announced.linked",
    )
    place(Access.SIGNED_IN, "activities.with_class", "together.sign_up", "mine.signup", "mine.act", "door.own", "announced.own")
