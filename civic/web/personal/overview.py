"""The front page of the personal area."""

from __future__ import annotations

from flask import render_template

from civic.accounts import queries
from civic.activities.queries.signups import list_signups_of
from civic.kernel import clock
from civic.web.personal import pages
from civic.web.personal.area import build_area
from civic.web.personal.blueprint import blueprint
from civic.web.signing_in import current_actor


@blueprint.get("")
def overview():
    """Show what comes next, for oneself and for the children."""
    actor = current_actor()
    views, own = list_signups_of(actor, clock.now()), queries.get_own(actor)
    page = pages.overview_page(actor, build_area(actor), views, queries.list_wards(actor), own)
    return render_template("personal/overview.html", page=page)
