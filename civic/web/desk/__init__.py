"""The desk of who runs activities: today, activities, people, attendance, import."""

from __future__ import annotations

from flask import Flask

from civic.web.access import Access, place
from civic.web.desk import (
    activity,
    activity_classes,
    age_exceptions,
    announcing,
    attendance,
    calendar,
    calls,
    care,
    certificates,
    classes,
    declarations,
    departures,
    exporting,
    facilitators,
    family_sheets,
    home,
    importing,
    initiatives,
    meetings,
    not_reached,
    organisation,
    paper,
    places,
    pocket,
    pupils,
    register_csv,
    reminding,
    reserving,
    writing,
)
from civic.web.desk.blueprint import blueprint

# Importing the modules hangs their views on the blueprint.
__all__ = [
    "activity",
    "activity_classes",
    "age_exceptions",
    "announcing",
    "attendance",
    "calendar",
    "calls",
    "care",
    "certificates",
    "classes",
    "declarations",
    "departures",
    "exporting",
    "facilitators",
    "family_sheets",
    "home",
    "importing",
    "initiatives",
    "meetings",
    "not_reached",
    "organisation",
    "paper",
    "places",
    "pocket",
    "pupils",
    "register",
    "register_csv",
    "reminding",
    "reserving",
    "writing",
]


def register(app: Flask) -> None:
    """Give `app` the desk; every page of it is for members with the second factor.

    But for the empty page of the sheet in the pocket: without network nobody can be asked who they are.
    """
    app.register_blueprint(blueprint)
    place(Access.DESK, *(name for name in app.view_functions if name.startswith("desk.")))
    place(Access.PUBLIC, "desk.pocket", "desk.pocket_worker")
